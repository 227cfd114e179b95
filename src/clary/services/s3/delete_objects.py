"""DeleteObject and DeleteObjects: delete a version, or write a delete marker. The sweep deletes the bytes
later."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import (
    body_digests,
    bucket_features,
    errors,
    object_changes,
    object_extras,
    object_rows,
    opaque_ids,
    permissions,
    preconditions,
)
from clary.services.s3.access_points import names
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.lock import retention
from clary.services.s3.object_rows import Draft
from clary.services.s3.service import bucket_arn, object_arn, s3

Params = dict[str, Any]

MARKER = Draft(size=0, etag="", sum="", storage="")


@s3.operation(on=object_arn, also=permissions.DELETION)
def delete_object(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    _check_options(bucket, params)
    return delete(ctx, bucket, params["Key"], params.get("VersionId"), params)


def _check_options(bucket: Bucket, params: Params) -> None:
    if params.get("BypassGovernanceRetention") is not None and not bucket.has(bucket_features.LOCK):
        name = "x-amz-bypass-governance-retention"
        raise errors.invalid_argument(f"{name} is only applicable to Object Lock enabled buckets.", name)
    if params.get("IfMatchLastModifiedTime") is not None or params.get("IfMatchSize") is not None:
        raise errors.not_implemented("s3 conditions of directory buckets")


def delete(ctx: Context, bucket: Bucket, key: str, version_id: str | None, wishes: Params) -> Params:
    """Delete a key or one version of it; return the members of DeleteObject's answer. `wishes` may hold
    IfMatch and
    BypassGovernanceRetention."""
    if version_id is not None:
        bypass = bool(wishes.get("BypassGovernanceRetention"))
        return _delete_version(ctx, bucket, key, version_id, bypass=bypass)
    newest = object_rows.current(ctx.tx, bucket.name, key)
    if wishes.get("IfMatch") is not None:
        preconditions.check_write({"IfMatch": wishes["IfMatch"]}, key, object_rows.etag_of(newest))
    if not bucket.versioning:
        if newest is not None:
            object_rows.remove(ctx, ctx.tx, bucket.name, newest)
            object_changes.tell(ctx, ctx.tx, bucket, newest, object_changes.DELETED)
        return {}
    row = object_rows.write(ctx, ctx.tx, bucket, key, MARKER, newest, marker=1)
    object_changes.tell(ctx, ctx.tx, bucket, row, object_changes.MARKED)
    return {"DeleteMarker": True, "VersionId": row.version}


def _delete_version(ctx: Context, bucket: Bucket, key: str, version_id: str, *, bypass: bool) -> Params:
    row = object_rows.version(ctx, ctx.tx, bucket.name, key, version_id)
    out: Params = {"VersionId": version_id} if bucket.versioning or version_id != opaque_ids.NULL else {}
    if row is None:
        return out
    retention.check_deletable(object_extras.of(row), ctx.business, bypass=bypass)
    object_rows.remove_version(ctx, ctx.tx, bucket.name, row)
    object_changes.tell(ctx, ctx.tx, bucket, row, object_changes.DELETED)
    return out | ({"DeleteMarker": True} if row.marker else {})


@s3.operation(on=bucket_arn, open=True)
def delete_objects(ctx: Context, params: Params) -> Params:
    """Authorise and delete each key by itself: S3 has no action for the operation as a whole."""
    names.resolve(ctx, params)
    bucket = load_bucket(ctx.tx, params)
    _check_options(bucket, params)
    entries = params["Delete"]["Objects"]
    if not 1 <= len(entries) <= 1000:
        raise errors.malformed_xml()
    if ctx.request is not None and not body_digests.given(ctx.request.headers):
        # S3 requires a digest of this document (DeleteObjects, API reference). service.py has checked its
        # value.
        message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        raise errors.invalid_request(message)
    bypass = bool(params.get("BypassGovernanceRetention"))
    deleted: list[Params] = []
    failed: list[Params] = []
    for entry in entries:
        try:
            deleted.append(_delete_entry(ctx, bucket, params["Bucket"], entry, bypass))
        except AwsError as error:
            failed.append(_named(entry) | {"Code": error.code, "Message": error.message})
    return {"Deleted": [] if params["Delete"].get("Quiet") else deleted, "Errors": failed}


s3.one_by_one["DeleteObjects"] = ("s3:DeleteObject", "s3:DeleteObjectVersion")


def _named(entry: Params) -> Params:
    return {name: entry[name] for name in ("Key", "VersionId") if entry.get(name)}


def _delete_entry(ctx: Context, bucket: Bucket, named: str, entry: Params, bypass: bool) -> Params:
    """Delete one key. `named` is how the request names the bucket: by itself, or by an access point, which is asked too."""
    target = {"Bucket": named, "Key": entry["Key"]}
    permissions.require(ctx, "DeleteObjectVersion" if entry.get("VersionId") else "DeleteObject", target)
    if bypass:
        permissions.require(ctx, "BypassGovernanceRetention", target)
    wishes: Params = {"BypassGovernanceRetention": bypass}
    if entry.get("ETag"):
        wishes["IfMatch"] = entry["ETag"]
    if permissions.names_an_etag(entry.get("ETag")):
        permissions.require(ctx, "GetObject", target)
    done = delete(ctx, bucket, entry["Key"], entry.get("VersionId"), wishes)
    if done.get("DeleteMarker"):
        return _named(entry) | {"DeleteMarker": True, "DeleteMarkerVersionId": done["VersionId"]}
    return _named(entry)
