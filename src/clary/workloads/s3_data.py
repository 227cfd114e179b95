"""Data in S3 that a request or a record names: S3's own operations, as the caller who will read it. Knows no sentence that a
service answers: what S3 refuses is raised as S3 refuses it."""

from __future__ import annotations

from clary.kernel import AwsError, Caller
from clary.plane import Context, World


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key (or prefix) of an S3 URI: `s3://bucket/a/b` -> `bucket`, `a/b`."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def first_keys(ctx: Context, reader: Caller, uri: str) -> list[str]:
    """Return the first key below a prefix, or nothing. It is the prefix itself where there is such an object."""
    found = ctx.call("s3", "ListObjectsV2", _first(uri), caller=reader)
    return [one["Key"] for one in found.get("Contents", [])]


def require_object(ctx: Context, reader: Caller, bucket: str, key: str) -> None:
    """Raise as S3 does unless there is such an object and the reader may get it."""
    ctx.call("s3", "HeadObject", {"Bucket": bucket, "Key": key}, caller=reader)


def has_objects(world: World, role: str, uri: str) -> bool:
    """Return whether a role sees objects below a prefix, for a controller. Where the role may not list, it is False."""
    try:
        return bool(world.call("s3", "ListObjectsV2", _first(uri), role=role).get("Contents"))
    except AwsError as refusal:
        if not refusal.senders_fault:
            raise
        return False


def _first(uri: str) -> dict[str, str | int]:
    bucket, prefix = split(uri)
    return {"Bucket": bucket, "Prefix": prefix, "MaxKeys": 1}
