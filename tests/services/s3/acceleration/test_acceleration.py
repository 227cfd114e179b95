"""Transfer Acceleration. Oracle: "Configuring fast, secure file transfers using Amazon S3 Transfer Acceleration"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html)."""

from __future__ import annotations

import pytest
from botocore.config import Config

from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.support.clients import boto3_client


def put(s3, bucket, status):
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": status})


@pytest.fixture(params=[False, True], ids=["ipv4", "dualstack"])
def fast(app, request):
    """S3 at the host names of Transfer Acceleration."""
    config = Config(s3={"use_accelerate_endpoint": True, "use_dualstack_endpoint": request.param})
    return app._bound(boto3_client("s3", None, ROOT_KEY, ROOT_SECRET, config=config))  # type: ignore[arg-type]


def test_it_is_kept_and_shown(s3, bucket, refused):
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    for status in ("Enabled", "Suspended"):
        put(s3, bucket, status)
        assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == status
    with refused("MalformedXML", 400):
        s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={})
    with refused("MalformedXML", 400):
        put(s3, bucket, "On")
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Suspended"


def test_buckets_with_dots_cannot_have_it(s3, refused):
    s3.create_bucket(Bucket="with.dots")
    with refused("InvalidRequest", 400):
        put(s3, "with.dots", "Enabled")


def test_the_host_reaches_buckets_that_have_it(s3, bucket, fast, refused):
    with refused("InvalidRequest", 400) as refusal:
        fast.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert refusal.error["Message"] == "S3 Transfer Acceleration is not configured on this bucket"
    put(s3, bucket, "Enabled")
    fast.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert fast.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"
    assert fast.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    assert fast.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}]})["Deleted"]
    with refused("InvalidRequest", 400):
        fast.delete_bucket(Bucket=bucket)
    put(s3, bucket, "Suspended")
    with refused("InvalidRequest", 400) as refusal:
        fast.get_object(Bucket=bucket, Key="k")
    assert refusal.error["Message"] == "S3 Transfer Acceleration is disabled on this bucket"
