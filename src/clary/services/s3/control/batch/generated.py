"""A list of objects that Batch Operations makes itself, from a bucket and a filter.

Sources: S3JobManifestGenerator and JobManifestGeneratorFilter (API reference), "Granting permissions for Batch Operations"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html), "Replicating existing objects with Batch Replication"
(.../s3-batch-replication-batch.html): "With a generated manifest, Amazon S3 replicates all eligible versions of your objects."
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from clary.kernel import AwsError
from clary.plane import World
from clary.services.s3 import errors as s3_errors
from clary.services.s3.bucket_rows import Bucket, check_owner, find_bucket
from clary.services.s3.control.batch import acting, filters, manifests
from clary.services.s3.control.batch.errors import JobFailure
from clary.services.s3.control.batch.noun import operation_of
from clary.services.s3.control.batch.rows import Line
from clary.services.s3.object_rows import Row
from clary.services.s3.replication.rules import bucket_of
from clary.services.s3.service import arn_of
from clary.store.api import Tx

Params = dict[str, Any]

_BATCH = 5000
# All of a row but its bytes.
_COLUMNS = (
    "key, seq, version, marker, size, etag, modified, storage, sum, '', head, tags, '', NULL, extra, cipher"
)


class Listed(NamedTuple):
    """How far a bucket was looked through: the last version, None at the end."""

    after: list[Any] | None
    number: int


def list_objects(world: World, generator: Params, after: list[Any] | None, number: int) -> Listed:
    """Look at the next versions of the bucket. Raise JobFailure where the role may not, or the bucket is not there."""
    name, wanted = bucket_of(generator["SourceBucket"]), generator.get("Filter") or {}
    every = operation_of(world.record) == "S3ReplicateObject"
    try:
        with world.platform.store.read() as tx:
            bucket = check_owner(find_bucket(tx, name), name, generator.get("ExpectedBucketOwner"))
            _require(world, tx, bucket, wanted)
            found = _versions(tx, bucket, after, every)
            chosen = filters.chosen(tx, bucket, wanted)
            lines = [_line(bucket, row) for row in found[:_BATCH] if chosen(row)]
    except AwsError as error:
        raise JobFailure("ManifestGenerationFailed", f"{error.code}: {error.message}"[:256]) from None
    manifests.add(world, number, lines)
    last = [found[_BATCH - 1].key, found[_BATCH - 1].seq] if len(found) > _BATCH else None
    return Listed(last, number + len(lines))


def _require(world: World, tx: Tx, bucket: Bucket, wanted: Params) -> None:
    """Raise AccessDenied unless the role may have the bucket listed."""
    if f"{bucket.owner}/{bucket.region}" != world.scope:
        raise s3_errors.access_denied("The source bucket is in another account or Region.")
    ctx = acting.context(world.platform, tx, world.record, "PutBucketInventoryConfiguration")
    acting.require(ctx, "s3:PutInventoryConfiguration", arn_of(ctx, bucket.name), {"Bucket": bucket.name})
    if wanted.get("EligibleForReplication") is not None:
        acting.require(
            ctx, "s3:GetReplicationConfiguration", arn_of(ctx, bucket.name), {"Bucket": bucket.name}
        )


def _versions(tx: Tx, bucket: Bucket, after: list[Any] | None, every: bool) -> list[Row]:
    """Return the next versions, and one more if there are more: all, or the current ones that are no delete markers."""
    which = "" if every else " AND latest = 1 AND marker = 0"
    select = f"SELECT {_COLUMNS} FROM s3_object WHERE bucket = ?"
    found: list[tuple[Any, ...]] = []
    if after is not None:
        same = f"{select} AND key = ? AND seq > ?{which} ORDER BY seq LIMIT ?"
        found = tx.sql(same, bucket.name, after[0], after[1], _BATCH + 1)
    start, compares = ("", ">=") if after is None else (after[0], ">")
    found = found + tx.sql(
        f"{select} AND key {compares} ?{which} ORDER BY key, seq LIMIT ?",
        bucket.name,
        start,
        _BATCH + 1 - len(found),
    )
    return [Row._make(row) for row in found]


def _line(bucket: Bucket, row: Row) -> Line:
    return Line(bucket.name, quote(row.key, safe="/"), row.version if bucket.versioning else None)
