"""The Object Lock configuration of a bucket: whether it is on, and the default retention of new objects.

Source: "Locking objects with Object Lock" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html).
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import bucket_features, errors
from clary.services.s3.bucket_rows import load_bucket, put_setting, setting
from clary.services.s3.service import bucket_arn, s3
from clary.store.api import Tx

Params = dict[str, Any]

KIND = "ObjectLock"
MODES = ("GOVERNANCE", "COMPLIANCE")
_LONGEST = {"Days": 36500, "Years": 100}


def enable(tx: Tx, bucket: str, rule: Params | None = None) -> None:
    put_setting(tx, bucket, KIND, {"ObjectLockEnabled": "Enabled"} | ({"Rule": rule} if rule else {}))
    bucket_features.switch(tx, bucket, bucket_features.LOCK, True)


def default_retention(tx: Tx, bucket: str) -> Params | None:
    """Return the DefaultRetention of a bucket (Mode, and Days or Years), or None."""
    return ((setting(tx, bucket, KIND) or {}).get("Rule") or {}).get("DefaultRetention")


@s3.operation(on=bucket_arn, action="GetBucketObjectLockConfiguration")
def get_object_lock_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    found = setting(ctx.tx, bucket.name, KIND)
    if found is None:
        message = "Object Lock configuration does not exist for this bucket"
        raise AwsError("ObjectLockConfigurationNotFoundError", message, 404, {"BucketName": bucket.name})
    return {"ObjectLockConfiguration": found}


@s3.operation(on=bucket_arn, action="PutBucketObjectLockConfiguration")
def put_object_lock_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    wanted = params.get("ObjectLockConfiguration")
    if wanted is None:
        raise errors.missing_body()
    if wanted.get("ObjectLockEnabled") != "Enabled":
        raise errors.malformed_xml()
    _check_rule(wanted.get("Rule"))
    if bucket.versioning != "Enabled":
        message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise AwsError("InvalidBucketState", message, 409)
    enable(ctx.tx, bucket.name, wanted.get("Rule"))
    return {}


def _check_rule(rule: Params | None) -> None:
    if rule is None:
        return
    default = rule.get("DefaultRetention") or {}
    periods = [unit for unit in _LONGEST if default.get(unit) is not None]
    if default.get("Mode") not in MODES or len(periods) != 1:
        raise errors.malformed_xml()
    (unit,) = periods
    if default[unit] <= 0:
        raise errors.invalid_argument("Default retention period must be a positive integer value.", unit)
    if default[unit] > _LONGEST[unit]:
        raise errors.invalid_argument("Default retention period too large", unit)
