"""Archived objects. Oracle: RestoreObject (https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html), HeadObject
for the header, and "Archive retrieval options" for the times."""

from __future__ import annotations

import pytest

HOUR = 3600


@pytest.fixture
def archived(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"cold", StorageClass="GLACIER")
    return {"Bucket": bucket, "Key": "k"}


def restore(s3, archived, days=2, tier="Standard"):
    request = {"Days": days, "GlacierJobParameters": {"Tier": tier}}
    return s3.restore_object(**archived, RestoreRequest=request)["ResponseMetadata"]["HTTPStatusCode"]


def test_it_is_restored_read_and_gone_again(s3, archived, move, refused):
    with refused("InvalidObjectState", 403) as refusal:
        s3.get_object(**archived)
    assert refusal.error["StorageClass"] == "GLACIER"
    assert "Restore" not in s3.head_object(**archived)
    assert restore(s3, archived) == 202
    assert s3.head_object(**archived)["Restore"] == 'ongoing-request="true"'
    with refused("RestoreAlreadyInProgress", 409):
        restore(s3, archived)
    with refused("InvalidObjectState", 403):
        s3.copy_object(**archived | {"Key": "l"}, CopySource="bucket/k")
    move(5 * HOUR)
    assert s3.get_object(**archived)["Body"].read() == b"cold"
    told = s3.head_object(**archived)
    assert told["Restore"].startswith('ongoing-request="false", expiry-date="')
    assert told["StorageClass"] == "GLACIER"
    move(4 * 24 * HOUR)
    with refused("InvalidObjectState", 403):
        s3.get_object(**archived)
    assert "Restore" not in s3.head_object(**archived)


def test_a_restored_copy_may_be_kept_longer(s3, archived, move):
    restore(s3, archived, days=1, tier="Expedited")
    move(300)
    restore(s3, archived, days=30)
    move(10 * 24 * HOUR)
    assert s3.get_object(**archived)["Body"].read() == b"cold"


def test_what_cannot_be_restored(s3, bucket, archived, refused):
    s3.put_object(Bucket=bucket, Key="warm", Body=b"1")
    with refused("InvalidObjectState", 403) as refusal:
        restore(s3, {"Bucket": bucket, "Key": "warm"})
    assert refusal.error["Message"] == "Restore is not allowed for the object's current storage class"
    s3.put_object(Bucket=bucket, Key="deep", Body=b"1", StorageClass="DEEP_ARCHIVE")
    with refused("InvalidArgument", 400):
        restore(s3, {"Bucket": bucket, "Key": "deep"}, tier="Expedited")
    with refused("InvalidArgument", 400):
        restore(s3, archived, days=0)
