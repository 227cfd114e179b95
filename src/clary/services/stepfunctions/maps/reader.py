"""Reads the items of a distributed Map: from its input, from an object, or from the list of a bucket
(https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.services.stepfunctions.integrations.responses import shown
from clary.services.stepfunctions.language.errors import StateError

Call = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Calls an operation of S3 as the state machine's role."""
_FAILED = "States.ItemReaderFailed"
_MOST = 100_000_000  # "Currently, you can specify a limit of up to 100,000,000"
_LARGEST = 256 << 20  # bytes of an object that is read at once
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
OBJECT, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
TYPES = ("JSON", "JSONL", "CSV")


def read(reader: dict[str, Any], call: Call, list_shape: Any) -> list[Any]:
    """Return the items. Raise StateError: States.ItemReaderFailed."""
    config = reader.get("ReaderConfig", {})
    most = _most(config)
    given = reader.get("Arguments", reader.get("Parameters", {}))
    try:
        if reader["Resource"] == LIST:
            return _listed(given, call, list_shape, most)
        return _parsed(_body(given, call), config, most)
    except AwsError as error:
        raise StateError(_FAILED, error.message) from None


def _most(config: dict[str, Any]) -> int:
    most = config.get("MaxItems", 0)
    if most < 0:
        raise StateError(_FAILED, "field MaxItems must be positive")
    return min(most or _MOST, _MOST)


def _listed(given: dict[str, Any], call: Call, shape: Any, most: int) -> list[Any]:
    found: list[Any] = []
    asked = dict(given)
    while len(found) < most:
        page = call("ListObjectsV2", asked)
        found += [shown(shape.members["Contents"].member, one, True) for one in page.get("Contents", [])]
        if not page.get("NextContinuationToken"):
            break
        asked["ContinuationToken"] = page["NextContinuationToken"]
    return found[:most]


def _body(given: dict[str, Any], call: Call) -> bytes:
    asked = {name: given[name] for name in ("Bucket", "Key", "VersionId") if name in given}
    size = call("HeadObject", asked).get("ContentLength", 0)
    if size > _LARGEST:
        raise StateError(_FAILED, "The object is too large to be read.")
    return bytes(call("GetObject", asked)["Body"])


def _parsed(body: bytes, config: dict[str, Any], most: int) -> list[Any]:
    kind = config.get("InputType", "JSON")
    if kind == "CSV":
        return _csv(body.decode("utf-8-sig", "replace"), config, most)
    try:
        if kind == "JSONL":
            return [orjson.loads(line) for line in body.splitlines() if line.strip()][:most]
        found = _pointed(orjson.loads(body), config.get("ItemsPointer", ""))
    except ValueError:
        raise StateError(_FAILED, "Attempting to map over non-iterable node.") from None
    if isinstance(found, dict) and config.get("ItemsPointer"):
        found = [{"Key": name, "Value": value} for name, value in found.items()]
    if not isinstance(found, list):
        raise StateError(_FAILED, "Attempting to map over non-iterable node.")
    return found[:most]


def _pointed(value: Any, pointer: str) -> Any:
    for name in pointer.split("/")[1:]:
        if not isinstance(value, dict) or name not in value:
            raise StateError(_FAILED, f"There is nothing at {pointer}.")
        value = value[name]
    return value


def _csv(text: str, config: dict[str, Any], most: int) -> list[Any]:
    rows = csv.reader(io.StringIO(text), delimiter=_DELIMITERS.get(config.get("CSVDelimiter", "COMMA"), ","))
    headers = config["CSVHeaders"] if config.get("CSVHeaderLocation") == "GIVEN" else next(rows, [])
    if len(set(headers)) != len(headers):
        raise StateError(_FAILED, "CSV headers cannot contain duplicates.")
    return list(_items(rows, headers, most))


def _items(rows: Iterator[list[str]], headers: list[str], most: int) -> Iterator[dict[str, str]]:
    count = 0
    for row in rows:
        if count >= most:
            return
        if row:
            count += 1
            yield {name: row[at] if at < len(row) else "" for at, name in enumerate(headers)}
