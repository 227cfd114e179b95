"""Writes the results of a Map Run into a bucket: a manifest, and a file for each way in which child executions have ended
(https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html)."""

from __future__ import annotations

from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Record
from clary.services.stepfunctions.language.errors import StateError
from clary.services.stepfunctions.language.timestamps import text_of
from clary.services.stepfunctions.maps.items import SUCCEEDED, Item
from clary.services.stepfunctions.maps.reader import Call

_FAILED = "States.ResultWriterFailed"


def write(
    record: Record, writer: dict[str, Any], items: list[Item], call: Call, now: float
) -> dict[str, Any]:
    """Write the results; return what the state passes on. Raise StateError: States.ResultWriterFailed."""
    given = writer.get("Arguments", writer.get("Parameters", {}))
    prefix = f"{given['Prefix'].rstrip('/')}/" if given.get("Prefix") else ""
    folder = f"{prefix}{record.arn.rpartition(':')[2]}"
    kinds = {
        "SUCCEEDED": [one for one in items if one.status == SUCCEEDED],
        "FAILED": [one for one in items if one.status not in (SUCCEEDED, "pending")],
        "PENDING": [one for one in items if one.status == "pending"],
    }
    manifest: dict[str, Any] = {
        "DestinationBucket": given["Bucket"],
        "MapRunArn": record.arn,
        "ResultFiles": {},
    }
    try:
        for kind, found in kinds.items():
            manifest["ResultFiles"][kind] = _file(
                given["Bucket"], f"{folder}/{kind}_0.json", found, record, call, now
            )
        key = f"{folder}/manifest.json"
        call("PutObject", {"Bucket": given["Bucket"], "Key": key, "Body": orjson.dumps(manifest)})
    except AwsError as error:
        raise StateError(_FAILED, error.message) from None
    return {"MapRunArn": record.arn, "ResultWriterDetails": {"Bucket": given["Bucket"], "Key": key}}


def _file(
    bucket: str, key: str, items: list[Item], record: Record, call: Call, now: float
) -> list[dict[str, Any]]:
    if not items:
        return []
    body = orjson.dumps([_entry(record, one, now) for one in items])
    call("PutObject", {"Bucket": bucket, "Key": key, "Body": body})
    return [{"Key": key, "Size": len(body)}]


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
