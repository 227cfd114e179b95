"""GetBucketAcl, PutBucketAcl, GetObjectAcl and PutObjectAcl."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import bucket_features, errors, object_changes, object_extras, object_rows, permissions
from clary.services.s3.acls import grants, lists
from clary.services.s3.acls.grants import Grants, Owners
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.service import arn_of, bucket_arn, object_arn, s3

Params = dict[str, Any]


@s3.operation(on=bucket_arn)
def get_bucket_acl(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    return _shown(bucket.owner, lists.of_bucket(ctx.tx, bucket))


@s3.operation(on=object_arn, also=permissions.of_version("GetObjectVersionAcl"))
def get_object_acl(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    row = object_rows.load(ctx, ctx.tx, params, bucket.name)
    return _shown(lists.owner_of(bucket, row), lists.of_object(bucket, row))


def _shown(owner: str, wanted: Grants) -> Params:
    return {"Owner": {"ID": grants.owner_id(owner)}, "Grants": grants.shown(wanted)}


@s3.operation(on=bucket_arn)
def put_bucket_acl(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    wanted = _wanted(ctx, bucket, params, bucket.owner)
    lists.check_not_blocked(ctx, ctx.tx, bucket, wanted, arn_of(ctx, bucket.name), "s3:PutBucketAcl")
    lists.put_on_bucket(ctx.tx, bucket, wanted)
    return {}


@s3.operation(on=object_arn, also=permissions.of_version("PutObjectVersionAcl"))
def put_object_acl(ctx: Context, params: Params) -> Params:
    """Replace an object's ACL. "An event is not generated when a request results in no change to an object's ACL"
    (notification-how-to-event-types-and-destinations, S3's User Guide)."""
    bucket = load_bucket(ctx.tx, params)
    row = object_rows.load(ctx, ctx.tx, params, bucket.name, "PUT")
    owner = lists.owner_of(bucket, row)
    wanted = _wanted(ctx, bucket, params, owner)
    arn = arn_of(ctx, bucket.name, row.key)
    lists.check_not_blocked(ctx, ctx.tx, bucket, wanted, arn, "s3:PutObjectAcl")
    if wanted != lists.of_object(bucket, row):
        stored = None if wanted == grants.default(owner) else wanted
        row = object_extras.change(ctx.tx, bucket.name, row, acl=stored)
        object_changes.tell(ctx, ctx.tx, bucket, row, object_changes.ACL)
    return {}


def _wanted(ctx: Context, bucket: Bucket, params: Params, owner: str) -> Grants:
    """Return the grants that a call asks for. Raise AccessControlListNotSupported where ACLs are disabled, unless the
    call asks for what is there in any case."""
    policy = params.get("AccessControlPolicy")
    if policy is None and not lists.asked(params):
        message = "Your request was missing a required header"
        raise AwsError("MissingSecurityHeader", message, 400, {"MissingHeaderName": "x-amz-acl"})
    lists.check_syntax(ctx, ctx.tx, params)
    wanted = lists.requested(params, Owners(owner, bucket.owner))
    if not bucket.has(bucket_features.ACLS) and (policy is None or wanted != grants.default(bucket.owner)):
        raise lists.not_supported()
    if policy is not None and policy["Owner"]["ID"] != grants.owner_id(owner):
        raise errors.access_denied()  # an ACL cannot give an object away
    return wanted
