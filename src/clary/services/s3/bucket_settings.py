"""Configurations of buckets: versioning, tags, public access block, CORS.

Configurations that Clary would not act on are in absent_features.py: they are rejected, not stored.
"""

from __future__ import annotations

from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import bucket_features, cors, mfa_delete, object_headers, public_access
from clary.services.s3.bucket_rows import delete_setting, load_bucket, put_setting, setting
from clary.services.s3.replication import configuration as replication
from clary.services.s3.service import bucket_arn, s3

Params = dict[str, Any]


def _missing(code: str, message: str, bucket: str) -> AwsError:
    return AwsError(code, message, 404, {"BucketName": bucket})


# --- versioning ------------------------------------------------------------------------------------------------


@s3.operation(on=bucket_arn)
def get_bucket_versioning(ctx: Context, params: Params) -> Params:
    status = load_bucket(ctx.tx, params).versioning
    return {"Status": status} if status else {}


@s3.operation(on=bucket_arn)
def put_bucket_versioning(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    wanted = params["VersioningConfiguration"]
    if wanted.get("MFADelete") == "Enabled":
        raise mfa_delete.refusal(bucket, ctx.caller, params.get("MFA"))
    if wanted.get("Status") not in ("Enabled", "Suspended"):
        message = "The Versioning element must be specified"
        raise AwsError("IllegalVersioningConfigurationException", message)
    if wanted["Status"] == "Suspended" and bucket.has(bucket_features.LOCK):
        message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise AwsError("InvalidBucketState", message, 409)
    if wanted["Status"] == "Suspended":
        replication.check_versioning(bucket)
    ctx.tx.sql("UPDATE s3_bucket SET versioning = ? WHERE name = ?", wanted["Status"], bucket.name)
    return {}


# --- tags ------------------------------------------------------------------------------------------------------


@s3.operation(on=bucket_arn)
def get_bucket_tagging(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    tags = setting(ctx.tx, bucket.name, "Tagging")
    if not tags:
        raise _missing("NoSuchTagSet", "The TagSet does not exist", bucket.name)
    return {"TagSet": object_headers.tag_set(orjson.loads(tags))}


@s3.operation(on=bucket_arn)
def put_bucket_tagging(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    tags = object_headers.tags_of(params["Tagging"].get("TagSet") or [], 50, object_headers.SYSTEM_TAG)
    put_setting(ctx.tx, bucket.name, "Tagging", tags)
    return {}


@s3.operation(on=bucket_arn, action="PutBucketTagging")
def delete_bucket_tagging(ctx: Context, params: Params) -> Params:
    delete_setting(ctx.tx, load_bucket(ctx.tx, params).name, "Tagging")
    return {}


# --- public access block ---------------------------------------------------------------------------------------


@s3.operation(on=bucket_arn, action="GetBucketPublicAccessBlock")
def get_public_access_block(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    found = setting(ctx.tx, bucket.name, public_access.BLOCK)
    if found is None:
        message = "The public access block configuration was not found"
        raise _missing("NoSuchPublicAccessBlockConfiguration", message, bucket.name)
    return {"PublicAccessBlockConfiguration": found}


@s3.operation(on=bucket_arn, action="PutBucketPublicAccessBlock")
def put_public_access_block(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    wanted = params["PublicAccessBlockConfiguration"]
    if not wanted:
        message = "Must specify at least one configuration."
        raise AwsError("InvalidRequest", message)
    put_setting(
        ctx.tx,
        bucket.name,
        public_access.BLOCK,
        {name: bool(wanted.get(name)) for name in public_access.BLOCKS},
    )
    return {}


@s3.operation(on=bucket_arn, action="PutBucketPublicAccessBlock")
def delete_public_access_block(ctx: Context, params: Params) -> Params:
    delete_setting(ctx.tx, load_bucket(ctx.tx, params).name, public_access.BLOCK)
    return {}


# --- CORS ------------------------------------------------------------------------------------------------------


@s3.operation(on=bucket_arn, action="GetBucketCORS")
def get_bucket_cors(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    rules = setting(ctx.tx, bucket.name, cors.KIND)
    if rules is None:
        raise _missing("NoSuchCORSConfiguration", "The CORS configuration does not exist", bucket.name)
    return {"CORSRules": rules}


@s3.operation(on=bucket_arn, action="PutBucketCORS")
def put_bucket_cors(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    rules = params["CORSConfiguration"].get("CORSRules") or []
    cors.check(rules)
    put_setting(ctx.tx, bucket.name, cors.KIND, rules)
    return {}


@s3.operation(on=bucket_arn, action="PutBucketCORS")
def delete_bucket_cors(ctx: Context, params: Params) -> Params:
    delete_setting(ctx.tx, load_bucket(ctx.tx, params).name, cors.KIND)
    return {}
