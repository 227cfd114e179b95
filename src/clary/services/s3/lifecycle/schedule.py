"""The record of a bucket whose rules are in force: its controller carries them out (scan.py).

Knows no rule. Buckets without rules have no record, so they cost nothing.
"""

from __future__ import annotations

from clary.plane import Noun, Record
from clary.plane.nouns.keys import Key
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.service import s3
from clary.store.api import Tx

SCAN = s3.declare(Noun("LifecycleScan", arn="", key=Key("Bucket")))


def _scope(bucket: Bucket) -> str:
    return f"{bucket.owner}/{bucket.region}"


def begin(tx: Tx, bucket: Bucket, now: float) -> None:
    """Let the rules of a bucket be carried out from now on; begin again where that is under way."""
    known = tx.get(SCAN.kind, _scope(bucket), bucket.name)
    if known is None:
        tx.insert(Record(SCAN.kind, _scope(bucket), bucket.name, created=now, modified=now, due=now))
    else:
        tx.update(known.evolve(doc={}, due=now, until=None))


def end(tx: Tx, bucket: Bucket) -> None:
    known = tx.get(SCAN.kind, _scope(bucket), bucket.name)
    if known is not None:
        tx.delete(known)
