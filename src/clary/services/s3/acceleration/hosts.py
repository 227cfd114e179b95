"""Requests to `BUCKET.s3-accelerate.amazonaws.com`, which are for buckets with Transfer Acceleration.

Source: "Configuring fast, secure file transfers using Amazon S3 Transfer Acceleration"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html).
"""

from __future__ import annotations

from clary.kernel import AwsError
from clary.services.s3.bucket_rows import setting
from clary.store.api import Tx

KIND = "Accelerate"
ENABLED, SUSPENDED = "Enabled", "Suspended"
MARK = ".s3-accelerate"
_WITHOUT = ("CreateBucket", "DeleteBucket")  # "not supported through transfer acceleration endpoints"


def bucket_of(tx: Tx, name: str, operation: str) -> str:
    """Return the bucket that a name with the mark of the host stands for. Raise InvalidRequest where it has no acceleration."""
    bucket = name.removesuffix(MARK)
    if operation in _WITHOUT:
        raise AwsError("InvalidRequest", f"S3 Transfer Acceleration does not support {operation}.")
    status = (setting(tx, bucket, KIND) or {}).get("Status")
    if status is None:
        raise AwsError("InvalidRequest", "S3 Transfer Acceleration is not configured on this bucket")
    if status != ENABLED:
        raise AwsError("InvalidRequest", "S3 Transfer Acceleration is disabled on this bucket")
    return bucket
