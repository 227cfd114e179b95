"""Bucket policies: store, show and delete, and reject public ones where the public access block forbids them.

The policy evaluator decides what a policy allows.
"""

from __future__ import annotations

from typing import Any

from clary.access.directory import Directory
from clary.access.public_policies import is_public
from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import errors, public_access
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.policy_validation import check_document
from clary.services.s3.service import arn_of, bucket_arn, s3

Params = dict[str, Any]

_METHODS = {"GetBucketPolicy": "GET", "PutBucketPolicy": "PUT", "DeleteBucketPolicy": "DELETE"}


@s3.operation(on=bucket_arn)
def get_bucket_policy(ctx: Context, params: Params) -> Params:
    return {"Policy": _policy(_own_bucket(ctx, params))}


@s3.operation(on=bucket_arn)
def get_bucket_policy_status(ctx: Context, params: Params) -> Params:
    policy = _policy(load_bucket(ctx.tx, params))
    return {"PolicyStatus": {"IsPublic": is_public(policy)}}


def _policy(bucket: Bucket) -> str:
    if not bucket.policy:
        message = "The bucket policy does not exist"
        raise AwsError("NoSuchBucketPolicy", message, 404, {"BucketName": bucket.name})
    return bucket.policy


@s3.operation(on=bucket_arn)
def put_bucket_policy(ctx: Context, params: Params) -> Params:
    bucket = _own_bucket(ctx, params)
    check_document(params["Policy"], bucket.name, ctx.partition, lambda name: _may_exist(ctx, name))
    blocks = public_access.block_of(ctx.tx, bucket).get("BlockPublicPolicy")
    if blocks and is_public(params["Policy"]):
        raise _prevented(ctx, bucket)
    ctx.tx.sql("UPDATE s3_bucket SET policy = ? WHERE name = ?", params["Policy"], bucket.name)
    return {}


@s3.operation(on=bucket_arn)
def delete_bucket_policy(ctx: Context, params: Params) -> Params:
    bucket = _own_bucket(ctx, params)
    ctx.tx.sql("UPDATE s3_bucket SET policy = NULL WHERE name = ?", bucket.name)
    return {}


def _may_exist(ctx: Context, principal: str) -> bool:
    directory: Directory = ctx.platform.extras["directory"]
    return directory.may_exist(ctx.tx, principal)


def _own_bucket(ctx: Context, params: Params) -> Bucket:
    """Return the bucket of the call. Raise MethodNotAllowed (405) for callers of other accounts (API
    reference)."""
    bucket = load_bucket(ctx.tx, params)
    if ctx.caller.account != bucket.owner:
        raise errors.policy_method_not_allowed(_METHODS[ctx.op.name])
    return bucket


def _prevented(ctx: Context, bucket: Bucket) -> AwsError:
    return AwsError(
        "AccessDenied",
        f"User: {ctx.caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
        f'"{arn_of(ctx, bucket.name)}" because public policies are prevented by the BlockPublicPolicy setting in S3 '
        "Block Public Access.",
        403,
    )
