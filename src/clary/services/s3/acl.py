"""Access control lists (ACLs). As in every new AWS bucket they are switched off: the owner has full control.

Where the ownership controls of a bucket enable ACLs, only ACLs that grant nothing beyond the owner's full
control are accepted. To share a bucket, use a bucket policy.
"""

from __future__ import annotations

from typing import Any

from clary.access.identity import canonical_user
from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import acl_syntax, errors, object_rows, permissions
from clary.services.s3.bucket_rows import Bucket, load_bucket, setting
from clary.services.s3.service import bucket_arn, object_arn, s3
from clary.store.api import Tx

Params = dict[str, Any]

OWNERSHIP = "OwnershipControls"
_GRANTS = tuple(acl_syntax.HEADERS)
_OWNER_ONLY_ACLS = ("private", "bucket-owner-full-control", "bucket-owner-read")


def ownership_of(tx: Tx, bucket: str) -> str:
    """Return the ObjectOwnership of a bucket; `ObjectWriter` if its ownership controls were deleted."""
    rules = (setting(tx, bucket, OWNERSHIP) or {}).get("Rules") or [{"ObjectOwnership": "ObjectWriter"}]
    return rules[0]["ObjectOwnership"]


def asks_for_acl(params: Params) -> bool:
    return params.get("ACL") is not None or any(params.get(grant) for grant in _GRANTS)


def check_upload(tx: Tx, bucket: Bucket, params: Params) -> None:
    """Raise AccessControlListNotSupported if the upload has an ACL and its bucket has ACLs switched off."""
    acl_syntax.check(params)
    if not asks_for_acl(params) or params.get("ACL") == "bucket-owner-full-control":
        return
    _check(tx, bucket, params)


def _check(tx: Tx, bucket: Bucket, params: Params) -> None:
    if ownership_of(tx, bucket.name) == "BucketOwnerEnforced":
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    if any(params.get(grant) for grant in _GRANTS) or params.get("ACL") not in _OWNER_ONLY_ACLS:
        raise errors.not_implemented("s3 sharing by access control lists")


def _owner_only(bucket: Bucket) -> Params:
    owner = {"ID": canonical_user(bucket.owner)}
    grant = {"Grantee": owner | {"Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    return {"Owner": owner, "Grants": [grant]}


@s3.operation(on=bucket_arn)
def get_bucket_acl(ctx: Context, params: Params) -> Params:
    return _owner_only(load_bucket(ctx.tx, params))


@s3.operation(on=object_arn, also=permissions.of_version("GetObjectVersionAcl"))
def get_object_acl(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    object_rows.load(ctx, ctx.tx, params, bucket.name)
    return _owner_only(bucket)


@s3.operation(on=bucket_arn)
def put_bucket_acl(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    _put(ctx, bucket, params)
    return {}


@s3.operation(on=object_arn, also=permissions.of_version("PutObjectVersionAcl"))
def put_object_acl(ctx: Context, params: Params) -> Params:
    """Take what the object has in any case. So no ACL is ever changed, and "An event is not generated when a request
    results in no change to an object's ACL" (notification-how-to-event-types-and-destinations, S3's User Guide)."""
    bucket = load_bucket(ctx.tx, params)
    object_rows.load(ctx, ctx.tx, params, bucket.name, "PUT")
    _put(ctx, bucket, params)
    return {}


def _put(ctx: Context, bucket: Bucket, params: Params) -> None:
    policy = params.get("AccessControlPolicy")
    if policy is None and not asks_for_acl(params):
        message = "Your request was missing a required header"
        raise AwsError("MissingSecurityHeader", message, 400, {"MissingHeaderName": "x-amz-acl"})
    acl_syntax.check(params)
    if policy is None:
        _check(ctx.tx, bucket, params)
    elif _is_owner_only(policy, bucket):
        return
    else:
        _check(ctx.tx, bucket, {"ACL": "custom"})


def _is_owner_only(policy: Params, bucket: Bucket) -> bool:
    given = policy.get("Grants") or []
    owner = canonical_user(bucket.owner)
    return [(g.get("Grantee", {}).get("ID"), g.get("Permission")) for g in given] == [(owner, "FULL_CONTROL")]
