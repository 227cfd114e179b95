"""Rows of buckets and of their stored configurations. Knows no operation."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import orjson

from clary.services.s3 import errors
from clary.store.api import Tx

_ACCOUNT = re.compile(r"\d{12}")
COLUMNS = "name, owner, region, location, created, versioning, policy, features"


class Bucket(NamedTuple):
    """A bucket row.

    `location` is the LocationConstraint as it was given ('' if none), `created` in epoch seconds. `features` are
    the words of bucket_features.py.
    """

    name: str
    owner: str
    region: str
    location: str
    created: float
    versioning: str
    policy: str | None
    features: str = ""

    def has(self, feature: str) -> bool:
        """Return whether the bucket has what a word of bucket_features.py stands for."""
        return bool(self.features) and feature in self.features.split()


def find_bucket(tx: Tx, name: str) -> Bucket | None:
    rows = tx.sql(f"SELECT {COLUMNS} FROM s3_bucket WHERE name = ?", name)
    return Bucket(*rows[0]) if rows else None


def load_bucket(tx: Tx, params: dict[str, Any], member: str = "ExpectedBucketOwner") -> Bucket:
    """Return the bucket that a call names.

    Raise NoSuchBucket if there is none, AccessDenied if its owner is not the expected account in `member`.
    """
    return check_owner(find_bucket(tx, params["Bucket"]), params["Bucket"], params.get(member))


def check_owner(bucket: Bucket | None, name: str, expected: str | None) -> Bucket:
    if expected is not None and not _ACCOUNT.fullmatch(expected):
        raise errors.invalid_bucket_owner(expected)
    if bucket is None:
        raise errors.no_such_bucket(name)
    if expected is not None and expected != bucket.owner:
        raise errors.access_denied()
    return bucket


def with_settings(tx: Tx, kind: str) -> list[tuple[Bucket, Any]]:
    """Return the stored configurations of a kind, or of the kinds `KIND/…`, with their buckets."""
    columns = ", ".join(f"b.{column}" for column in COLUMNS.split(", "))
    # `0` is the character after `/`.
    rows = tx.sql(
        f"SELECT {columns}, s.doc FROM s3_setting s JOIN s3_bucket b ON b.name = s.bucket"
        " WHERE s.kind = ? OR (s.kind > ? AND s.kind < ?)",
        kind, f"{kind}/", f"{kind}0",
    )  # fmt: skip
    return [(Bucket._make(row[:-1]), orjson.loads(row[-1])) for row in rows]


def setting(tx: Tx, bucket: str, kind: str) -> Any:
    """Return a stored configuration of a bucket, or None if it was never set."""
    rows = tx.sql("SELECT doc FROM s3_setting WHERE bucket = ? AND kind = ?", bucket, kind)
    return orjson.loads(rows[0][0]) if rows else None


def put_setting(tx: Tx, bucket: str, kind: str, doc: Any) -> None:
    tx.sql(
        "INSERT INTO s3_setting (bucket, kind, doc) VALUES (?, ?, ?)"
        " ON CONFLICT (bucket, kind) DO UPDATE SET doc = excluded.doc",
        bucket,
        kind,
        orjson.dumps(doc).decode(),
    )


def delete_setting(tx: Tx, bucket: str, kind: str) -> None:
    tx.sql("DELETE FROM s3_setting WHERE bucket = ? AND kind = ?", bucket, kind)
