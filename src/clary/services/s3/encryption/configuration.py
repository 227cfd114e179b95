"""The default encryption of a bucket, and the types of encryption that it blocks."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.s3 import bucket_features, errors
from clary.services.s3.bucket_rows import Bucket, delete_setting, load_bucket, put_setting, setting
from clary.services.s3.encryption.cipher import AES, DSSE, WITH_KMS
from clary.services.s3.encryption.sealing import CONFIGURATION
from clary.services.s3.service import bucket_arn, s3

Params = dict[str, Any]

_BY_DEFAULT = "ApplyServerSideEncryptionByDefault"


@s3.operation(on=bucket_arn, action="GetEncryptionConfiguration")
def get_bucket_encryption(ctx: Context, params: Params) -> Params:
    """Return the default, which is S3's own key unless the bucket has another one."""
    bucket = load_bucket(ctx.tx, params)
    stored = setting(ctx.tx, bucket.name, CONFIGURATION)
    rule = dict(stored["Rules"][0]) if stored else _plain_rule(ctx)
    if not rule:
        raise errors.no_encryption_configuration(bucket.name)
    rule["BlockedEncryptionTypes"] = {"EncryptionType": [_blocked(bucket)]}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


def _plain_rule(ctx: Context) -> Params:
    """Return the rule of a bucket without one: none on a platform that does not encrypt by itself."""
    if not ctx.platform.settings.s3_encryption:
        return {}
    return {_BY_DEFAULT: {"SSEAlgorithm": AES}, "BucketKeyEnabled": False}


def _blocked(bucket: Bucket) -> str:
    return "NONE" if bucket.has(bucket_features.CUSTOMER_KEYS) else "SSE-C"


@s3.operation(on=bucket_arn, action="PutEncryptionConfiguration")
def put_bucket_encryption(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    rules = params["ServerSideEncryptionConfiguration"].get("Rules") or []
    if len(rules) != 1:
        raise errors.malformed_xml()
    rule = _rule(rules[0])
    put_setting(ctx.tx, bucket.name, CONFIGURATION, {"Rules": [rule]})
    bucket_features.switch(ctx.tx, bucket.name, bucket_features.ENCRYPTION, True)
    _block(ctx, bucket, rules[0])
    return {}


def _rule(given: Params) -> Params:
    default = given.get(_BY_DEFAULT) or {"SSEAlgorithm": AES}
    algorithm = default["SSEAlgorithm"]
    if algorithm not in (AES, *WITH_KMS):
        raise errors.malformed_xml()
    if default.get("KMSMasterKeyID") and algorithm not in WITH_KMS:
        raise errors.invalid_argument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            _BY_DEFAULT,
        )
    shared = bool(given.get("BucketKeyEnabled")) and algorithm != DSSE
    return {_BY_DEFAULT: default, "BucketKeyEnabled": shared}


def _block(ctx: Context, bucket: Bucket, given: Params) -> None:
    """Act on BlockedEncryptionTypes: `NONE` lets customers' keys in, which new buckets block."""
    types = (given.get("BlockedEncryptionTypes") or {}).get("EncryptionType") or []
    if any(one not in ("NONE", "SSE-C") for one in types) or len(types) > 1:
        raise errors.malformed_xml()
    if types:
        lets_in = types == ["NONE"]
        bucket_features.switch(ctx.tx, bucket.name, bucket_features.CUSTOMER_KEYS, lets_in)


@s3.operation(on=bucket_arn, action="PutEncryptionConfiguration")
def delete_bucket_encryption(ctx: Context, params: Params) -> Params:
    """Return to S3's own key."""
    bucket = load_bucket(ctx.tx, params)
    delete_setting(ctx.tx, bucket.name, CONFIGURATION)
    bucket_features.switch(ctx.tx, bucket.name, bucket_features.ENCRYPTION, False)
    return {}
