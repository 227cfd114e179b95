"""PutBucketAccelerateConfiguration, GetBucketAccelerateConfiguration.

Source: PutBucketAccelerateConfiguration (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html).
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.s3 import errors
from clary.services.s3.acceleration.hosts import ENABLED, KIND, SUSPENDED
from clary.services.s3.bucket_rows import load_bucket, put_setting, setting
from clary.services.s3.request_payment import charged
from clary.services.s3.service import bucket_arn, s3

Params = dict[str, Any]


@s3.operation(on=bucket_arn, action="GetAccelerateConfiguration")
def get_bucket_accelerate_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    return {**(setting(ctx.tx, bucket.name, KIND) or {}), **charged(ctx, bucket)}


@s3.operation(
    on=bucket_arn,
    action="PutAccelerateConfiguration",
    accepts=Members("Bucket AccelerateConfiguration ChecksumAlgorithm ExpectedBucketOwner"),
)
def put_bucket_accelerate_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    status = params["AccelerateConfiguration"].get("Status")
    if status not in (ENABLED, SUSPENDED):
        raise errors.malformed_xml()
    if "." in bucket.name:
        message = "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
        raise AwsError("InvalidRequest", message)
    put_setting(ctx.tx, bucket.name, KIND, {"Status": status})
    return {}
