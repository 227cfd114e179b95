"""Bucket policies: stored, shown, and refused when they would make public what is not to be.

Whether a policy lets somebody in is judged elsewhere, by the policy evaluator.
"""

from __future__ import annotations

from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import exposure
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.face import bucket_arn, s3

Params = dict[str, Any]

_LIMIT = 20 << 10


@s3.operation(on=bucket_arn)
def get_bucket_policy(ctx: Context, params: Params) -> Params:
    return {"Policy": _policy(load_bucket(ctx.tx, params))}


@s3.operation(on=bucket_arn)
def get_bucket_policy_status(ctx: Context, params: Params) -> Params:
    policy = _policy(load_bucket(ctx.tx, params))
    return {"PolicyStatus": {"IsPublic": exposure.is_public(policy)}}


def _policy(bucket: Bucket) -> str:
    if not bucket.policy:
        message = "The bucket policy does not exist"
        raise AwsError("NoSuchBucketPolicy", message, 404, {"BucketName": bucket.name})
    return bucket.policy


@s3.operation(on=bucket_arn)
def put_bucket_policy(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    check_document(params["Policy"], bucket.name)
    if exposure.is_public(params["Policy"]) and exposure.block_of(ctx.tx, bucket.name).get(
        "BlockPublicPolicy"
    ):
        raise AwsError(
            "AccessDenied",
            f"User: {ctx.caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
            f'"{bucket.arn}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block '
            "Public Access.",
            403,
        )
    ctx.tx.sql("UPDATE s3_bucket SET policy = ? WHERE name = ?", params["Policy"], bucket.name)
    return {}


@s3.operation(on=bucket_arn)
def delete_bucket_policy(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    ctx.tx.sql("UPDATE s3_bucket SET policy = NULL WHERE name = ?", bucket.name)
    return {}


def check_document(text: str, bucket: str) -> None:
    """Raises MalformedPolicy for a document that could not be judged, or that is about another bucket."""
    if len(text.encode()) > _LIMIT:
        raise _malformed("Policy exceeds the maximum allowed document size.")
    try:
        document = orjson.loads(text) if text.startswith("{") else None
    except orjson.JSONDecodeError:
        document = None
    if document is None:
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    if not document.get("Statement"):
        raise _malformed("Missing required field Statement")
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        _check_statement(statement, bucket)


def _check_statement(statement: Any, bucket: str) -> None:
    if not isinstance(statement, dict):
        raise _malformed("Policy statement must be an object")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise _malformed(f"Invalid effect: {statement.get('Effect', '')}")
    for one, other in (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")):
        if one not in statement and other not in statement:
            raise _malformed(f"Missing required field {one}")
    actions = statement.get("Action", statement.get("NotAction"))
    for action in [actions] if isinstance(actions, str) else actions:
        if action != "*" and not action.lower().startswith("s3:"):
            raise _malformed("Policy has invalid action")
    resources = statement.get("Resource", statement.get("NotResource"))
    for resource in [resources] if isinstance(resources, str) else resources:
        named = resource.partition(":::")[2].partition("/")[0]
        if resource != "*" and named != bucket and "*" not in named and "?" not in named:
            raise _malformed("Policy has invalid resource")


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message)
