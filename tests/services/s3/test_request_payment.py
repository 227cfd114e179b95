"""Requester Pays. Oracle: "Using Requester Pays general purpose buckets"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html) and a recorded answer of AWS
(`test_s3_request_payer`)."""

from __future__ import annotations

import json

import pytest
from botocore.config import Config

from tests.support.principals import OTHER


@pytest.fixture
def paid(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER},
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    return lambda: s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )


def test_who_pays_is_kept_and_shown(client, s3, bucket, refused):
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    raw = client("s3", config=Config(parameter_validation=False))
    with refused("MalformedXML", 400):
        raw.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Friend"})


def test_another_account_says_that_it_pays(s3, bucket, stranger, paid, refused):
    paid()
    with refused("AccessDenied", 403):
        stranger.get_object(Bucket=bucket, Key="k")
    found = stranger.get_object(Bucket=bucket, Key="k", RequestPayer="requester")
    assert (found["Body"].read(), found["RequestCharged"]) == (b"1", "requester")
    assert "RequestCharged" not in s3.get_object(Bucket=bucket, Key="k"), "its owner pays in any case"
    with refused("AccessDenied", 403):
        stranger.put_object(Bucket=bucket, Key="l", Body=b"2")
    stranger.put_object(Bucket=bucket, Key="l", Body=b"2", RequestPayer="requester")


def test_nobody_pays_for_what_is_not_signed(s3, with_acls, anonymous, refused):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1", ACL="public-read")
    s3.put_bucket_request_payment(Bucket=with_acls, RequestPaymentConfiguration={"Payer": "Requester"})
    with refused("AccessDenied", 403):
        anonymous.get_object(Bucket=with_acls, Key="k", RequestPayer="requester")
