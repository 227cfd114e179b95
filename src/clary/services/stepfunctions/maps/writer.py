"""Writes the results of a Map Run into a bucket: a manifest, and files for each way in which child executions have ended
(https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Record
from clary.services.stepfunctions.language.errors import StateError
from clary.services.stepfunctions.language.timestamps import text_of
from clary.services.stepfunctions.maps.items import PENDING, SUCCEEDED, Item
from clary.services.stepfunctions.maps.reader import Call

_FAILED = "States.ResultWriterFailed"
_LARGEST = 16 << 20  # bytes of a file: then the next one begins


def write(
    record: Record, writer: dict[str, Any], items: Iterable[Item], call: Call, now: float
) -> dict[str, Any]:
    """Write the results; return what the state passes on. Raise StateError: States.ResultWriterFailed."""
    given = writer.get("Arguments", writer.get("Parameters", {}))
    prefix = f"{given['Prefix'].rstrip('/')}/" if given.get("Prefix") else ""
    folder = f"{prefix}{record.arn.rpartition(':')[2]}"
    files = _Files(given["Bucket"], folder, call)
    try:
        for one in items:
            files.add(_kind(one), orjson.dumps(_entry(record, one, now)))
        manifest = {
            "DestinationBucket": given["Bucket"],
            "MapRunArn": record.arn,
            "ResultFiles": files.close(),
        }
        key = f"{folder}/manifest.json"
        call("PutObject", {"Bucket": given["Bucket"], "Key": key, "Body": orjson.dumps(manifest)})
    except AwsError as error:
        raise StateError(_FAILED, error.message) from None
    return {"MapRunArn": record.arn, "ResultWriterDetails": {"Bucket": given["Bucket"], "Key": key}}


def _kind(item: Item) -> str:
    if item.status in (SUCCEEDED, PENDING):
        return item.status.upper()
    return "FAILED"


class _Files:
    """The files of a Map Run, each written when it is large enough."""

    def __init__(self, bucket: str, folder: str, call: Call) -> None:
        self._bucket, self._folder, self._call = bucket, folder, call
        self._open: dict[str, list[bytes]] = {}
        self._size: dict[str, int] = {}
        self._written: dict[str, list[dict[str, Any]]] = {"SUCCEEDED": [], "FAILED": [], "PENDING": []}

    def add(self, kind: str, entry: bytes) -> None:
        """Add an entry to the present file of a kind."""
        entries = self._open.setdefault(kind, [])
        entries.append(entry)
        self._size[kind] = self._size.get(kind, 0) + len(entry)
        if self._size[kind] > _LARGEST:
            self._write(kind)

    def close(self) -> dict[str, list[dict[str, Any]]]:
        """Write what is left; return the files of each kind."""
        for kind in list(self._open):
            self._write(kind)
        return self._written

    def _write(self, kind: str) -> None:
        entries = self._open.pop(kind)
        self._size[kind] = 0
        key = f"{self._folder}/{kind}_{len(self._written[kind])}.json"
        body = b"[" + b",".join(entries) + b"]"
        self._call("PutObject", {"Bucket": self._bucket, "Key": key, "Body": body})
        self._written[kind].append({"Key": key, "Size": len(body)})


def _entry(record: Record, item: Item, now: float) -> dict[str, Any]:
    """Return what a file says of a child execution."""
    label = record.id.rpartition(":")[0]
    entry: dict[str, Any] = {
        "ExecutionArn": record.arn.split(":mapRun:")[0] + f":execution:{label}:{item.child}",
        "Input": item.input,
        "InputDetails": {"Included": True},
        "Name": item.child,
        "Status": item.status.upper(),
        "StopDate": text_of(now),
    }
    if item.status == SUCCEEDED:
        return entry | {"Output": item.output, "OutputDetails": {"Included": True}}
    said = orjson.loads(item.output or "{}")
    return entry | {
        name.capitalize(): said[name] for name in ("error", "cause") if said.get(name) is not None
    }
