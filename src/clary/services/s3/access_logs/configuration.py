"""PutBucketLogging and GetBucketLogging, and what S3 refuses of a configuration.

Sources: "Logging requests with server access logging" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html) and
PutBucketLogging (API reference); the tests name reports of users for the sentences.
"""

from __future__ import annotations

from typing import Any

from clary.access.identity import canonical_user
from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.s3 import bucket_features, errors
from clary.services.s3.acls import lists
from clary.services.s3.bucket_rows import (
    Bucket,
    delete_setting,
    find_bucket,
    load_bucket,
    put_setting,
    setting,
)
from clary.services.s3.lock.configuration import default_retention
from clary.services.s3.service import bucket_arn, s3

Params = dict[str, Any]

KIND = "Logging"
TOPIC = "s3:logging"
_SOURCES = ("EventTime", "DeliveryTime")
# AWS was recorded taking READ_ACP, which its model does not have (`test_put_bucket_logging_accept_wrong_grants`).
_PERMISSIONS = ("FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP")


@s3.operation(on=bucket_arn)
def get_bucket_logging(ctx: Context, params: Params) -> Params:
    found = setting(ctx.tx, load_bucket(ctx.tx, params).name, KIND)
    return {"LoggingEnabled": found} if found else {}


@s3.operation(
    on=bucket_arn,
    accepts=Members("Bucket BucketLoggingStatus ContentMD5 ChecksumAlgorithm ExpectedBucketOwner"),
)
def put_bucket_logging(ctx: Context, params: Params) -> Params:
    """Log a bucket's requests from now on, or, for an empty status, no more."""
    bucket = load_bucket(ctx.tx, params)
    wanted = params["BucketLoggingStatus"].get("LoggingEnabled")
    if wanted:
        _check(ctx, bucket, wanted)
        put_setting(ctx.tx, bucket.name, KIND, wanted)
    else:
        delete_setting(ctx.tx, bucket.name, KIND)
    bucket_features.switch(ctx.tx, bucket.name, bucket_features.LOGGING, bool(wanted))
    ctx.notify(TOPIC)
    return {}


def _check(ctx: Context, bucket: Bucket, wanted: Params) -> None:
    if "TargetPrefix" not in wanted:
        raise errors.malformed_xml()
    target = find_bucket(ctx.tx, wanted["TargetBucket"])
    if target is None:
        raise _refused("The target bucket for logging does not exist", wanted)
    if target.owner != bucket.owner:
        # zalando-stups/sevenseconds#29
        message = "The owner for the bucket to be logged and the target bucket must be the same."
        raise _refused(message, wanted)
    if target.region != bucket.region:
        message = "Cross S3 location logging not allowed. "
        members = {"TargetBucketLocation": target.region, "SourceBucketLocation": bucket.region}
        raise AwsError("CrossLocationLoggingProhibitted", message, 403, members)
    if default_retention(ctx.tx, target.name) or target.has(bucket_features.PAYER):
        message = "The target bucket must have neither an Object Lock default retention nor Requester Pays."
        raise _refused(message, wanted)
    _check_grants(ctx, target, wanted.get("TargetGrants") or [])
    _check_format(wanted.get("TargetObjectKeyFormat"))


def _refused(message: str, wanted: Params) -> AwsError:
    members = {"TargetBucket": wanted["TargetBucket"]}
    return AwsError("InvalidTargetBucketForLogging", message, 400, members)


def _check_grants(ctx: Context, target: Bucket, given: list[Params]) -> None:
    """Raise S3's error for grants that are malformed, or that a target without ACLs cannot have."""
    if any(grant.get("Permission") not in _PERMISSIONS for grant in given):
        raise errors.malformed_xml()
    if given and not target.has(bucket_features.ACLS):
        raise errors.acl_with_ownership()
    document = {"Owner": {"ID": canonical_user(target.owner)}, "Grants": given}
    lists.check_syntax(ctx, ctx.tx, {"AccessControlPolicy": document})


def _check_format(given: Params | None) -> None:
    if given is None:
        return
    dated = (given.get("PartitionedPrefix") or {}).get("PartitionDateSource")
    if len(given) != 1 or ("PartitionedPrefix" in given and dated not in (None, *_SOURCES)):
        raise errors.malformed_xml()
