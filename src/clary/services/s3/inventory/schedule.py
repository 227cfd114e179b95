"""The record of an inventory that is enabled: its controller writes the reports (report.py)."""

from __future__ import annotations

from clary.plane import Noun, Record
from clary.plane.nouns.keys import Key
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.lifecycle.rules import DAY, midnight_after
from clary.services.s3.service import s3
from clary.store.api import Tx

REPORT = s3.declare(Noun("InventoryReport", arn="inventory/{Bucket}/{Id}", key=Key("Bucket", "Id")))
_THURSDAY = 3  # the days from the epoch's, a Thursday, to a Sunday


def _scope(bucket: Bucket) -> str:
    return f"{bucket.owner}/{bucket.region}"


def _id(bucket: Bucket, id: str) -> str:
    return f"{bucket.name}/{id}"


def begin(tx: Tx, bucket: Bucket, id: str, now: float) -> None:
    """Let the first report be made now."""
    tx.insert(Record(REPORT.kind, _scope(bucket), _id(bucket, id), created=now, modified=now, due=now))


def end(tx: Tx, bucket: Bucket, id: str) -> None:
    known = tx.get(REPORT.kind, _scope(bucket), _id(bucket, id))
    if known is not None:
        tx.delete(known)


def next_after(frequency: str, moment: float) -> float:
    """Return when the report after one of this moment is due: the next midnight, or that of the next Sunday: "a report is
    generated every Sunday (UTC time zone) after the initial report" (storage-inventory, S3 User Guide)."""
    due = midnight_after(moment + 1)
    if frequency == "Daily":
        return due
    return due + (_THURSDAY - due // DAY) % 7 * DAY
