"""Who owns a bucket or an object in a bucket with ACLs, and what its policy and ACLs together say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Guard
from clary.services.s3 import object_rows, public_access, upload_rows
from clary.services.s3.acls import as_policy, lists
from clary.services.s3.acls.grants import PUBLIC, Grants, are_public
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.object_rows import Row
from clary.store.api import Tx

# They are decided by the bucket, whatever object may be there.
_UPLOADS = ("PutObject", "PostObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
_COPIES = ("CopyObject", "UploadPartCopy")
_OTHERS = ("DeleteObject", "DeleteObjects", "AbortMultipartUpload", "ListParts")


def guard(
    ctx: Context, tx: Tx, bucket: Bucket, policy: str | None, key: str | None, params: Mapping[str, Any]
) -> Guard:
    """Return the owner of a bucket, or of an object in it, and its policy joined with what the ACLs allow."""
    if key is None:
        statements = as_policy.of_bucket(_applied(tx, bucket, lists.of_bucket(tx, bucket)))
        return Guard(bucket.owner, as_policy.joined(policy, statements, foreign=False))
    row = None if _is_by_bucket(ctx, params) else _row(ctx, tx, bucket, key, params)
    if row is None:
        wanted = _applied(tx, bucket, lists.of_bucket(tx, bucket))
        # Who may list the bucket is told that an object is missing; others are refused (GetObject, API reference).
        statements = as_policy.in_bucket(wanted) + as_policy.of_object(wanted)
        return Guard(bucket.owner, as_policy.joined(policy, statements, foreign=False))
    owner = lists.owner_of(bucket, row)
    statements = as_policy.of_object(_applied(tx, bucket, lists.of_object(bucket, row)))
    return Guard(owner, as_policy.joined(policy, statements, foreign=owner != bucket.owner))


def with_initiator(
    tx: Tx, bucket: Bucket, policy: str | None, key: str | None, params: Mapping[str, Any]
) -> str | None:
    """Return a policy joined with what the initiator of the upload that a call names may do with it."""
    if key is None or not params.get("UploadId"):
        return policy
    upload = upload_rows.find(tx, bucket.name, key, params["UploadId"])
    if upload is None or not upload.initiator:
        return policy
    return as_policy.joined(policy, [as_policy.of_initiator(upload.initiator)], foreign=False)


def _is_by_bucket(ctx: Context, params: Mapping[str, Any]) -> bool:
    """Return whether the question is about uploading or deleting. That about the source of a copy names no source."""
    name = ctx.op.name
    return name in _UPLOADS or name in _OTHERS or (name in _COPIES and "CopySource" in params)


def _row(ctx: Context, tx: Tx, bucket: Bucket, key: str, params: Mapping[str, Any]) -> Row | None:
    try:
        version = params.get("VersionId")
        if version is not None:
            return object_rows.version(ctx, tx, bucket.name, key, version)
        return object_rows.current(tx, bucket.name, key)
    except AwsError:
        return None  # an id that no version can have: the handler refuses it


def _applied(tx: Tx, bucket: Bucket, wanted: Grants) -> Grants:
    """Return the grants that count: public ones do not with IgnorePublicAcls."""
    if are_public(wanted) and public_access.block_of(tx, bucket).get("IgnorePublicAcls"):
        return [grant for grant in wanted if grant[0] not in PUBLIC]
    return wanted
