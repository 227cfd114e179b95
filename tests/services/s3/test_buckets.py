"""Buckets. Oracle: recorded answers of AWS (`test_create_bucket_*`, `test_delete_bucket_with_objects`, `test_list_buckets_*`)
and the naming rules of the S3 user guide."""

from __future__ import annotations

import pytest


def test_a_new_bucket_answers_with_its_path_and_arn(s3):
    answer = s3.create_bucket(Bucket="abc")
    assert answer["Location"] == "/abc"
    assert answer["BucketArn"] == "arn:aws:s3:::abc"
    head = s3.head_bucket(Bucket="abc")
    assert (head["BucketRegion"], head["AccessPointAlias"]) == ("us-east-1", False)


@pytest.mark.parametrize(
    "name", ["ab", "Abc", "a..b", "-abc", "abc-", "192.168.0.1", "xn--abc", "abc-s3alias", "a_b", "a" * 64]
)
def test_names_that_aws_refuses(client, refused, name):
    s3 = client("s3")
    s3.meta.events.unregister("before-parameter-build.s3", None)
    with refused("InvalidBucketName", 400):
        s3.create_bucket(Bucket=name)


def test_creating_again_in_us_east_1_changes_nothing(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert s3.create_bucket(Bucket=bucket)["Location"] == "/bucket"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_creating_again_elsewhere_is_refused(client, refused):
    eu = client("s3", region_name="eu-west-1")
    made = {"Bucket": "abc", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    eu.create_bucket(**made)
    with refused("BucketAlreadyOwnedByYou", 409) as refusal:
        eu.create_bucket(**made)
    assert refusal.error["BucketName"] == "abc"


def test_the_constraint_must_be_the_region_that_is_asked(client, refused):
    eu = client("s3", region_name="eu-west-1")
    with refused("IllegalLocationConstraintException", 400) as refusal:
        eu.create_bucket(Bucket="abc", CreateBucketConfiguration={"LocationConstraint": "bar"})
    assert refusal.error["Message"] == (
        "The bar location constraint is incompatible for the region specific endpoint this request was sent to."
    )
    with refused("IllegalLocationConstraintException", 400):
        eu.create_bucket(Bucket="abc")


@pytest.mark.parametrize("constraint", ["foo", "us-east-1"])
def test_constraints_that_us_east_1_refuses(s3, refused, constraint):
    with refused("InvalidLocationConstraint", 400) as refusal:
        s3.create_bucket(Bucket="abc", CreateBucketConfiguration={"LocationConstraint": constraint})
    assert refusal.error["Message"] == "The specified location-constraint is not valid"


def test_location_is_told_as_it_was_given(s3, bucket):
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    s3.create_bucket(Bucket="abc", CreateBucketConfiguration={"LocationConstraint": "EU"})
    assert s3.get_bucket_location(Bucket="abc")["LocationConstraint"] == "EU"
    assert s3.head_bucket(Bucket="abc")["BucketRegion"] == "eu-west-1"


def test_a_missing_bucket_is_missed_by_name(s3, refused):
    with refused("NoSuchBucket", 404) as refusal:
        s3.list_objects_v2(Bucket="missing")
    assert refusal.error["BucketName"] == "missing"
    assert refusal.error["Message"] == "The specified bucket does not exist"
    with refused("404", 404):
        s3.head_bucket(Bucket="missing")


def test_buckets_are_listed_by_pages(s3):
    for name in ("bbb", "aaa", "ccc"):
        s3.create_bucket(Bucket=name)
    first = s3.list_buckets(MaxBuckets=2)
    assert [b["Name"] for b in first["Buckets"]] == ["aaa", "bbb"]
    second = s3.list_buckets(MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert [b["Name"] for b in second["Buckets"]] == ["ccc"]
    assert "ContinuationToken" not in second
    assert [b["Name"] for b in s3.list_buckets(Prefix="b")["Buckets"]] == ["bbb"]
    assert first["Buckets"][0]["BucketRegion"] == "us-east-1"


def test_a_region_that_is_none_is_refused(s3, bucket, refused):
    # recorded: test_list_buckets_region_validation
    with refused("InvalidArgument", 400) as refusal:
        s3.list_buckets(BucketRegion="eu-east-1")
    assert refusal.error["Message"] == "Argument value eu-east-1 is not a valid AWS Region"
    assert [b["Name"] for b in s3.list_buckets(BucketRegion="us-east-1")["Buckets"]] == [bucket]


def test_an_ownership_that_is_none_is_refused(s3, refused):
    # recorded: test_bucket_ownership_controls_exc, without an ArgumentValue
    with refused("InvalidArgument", 400) as refusal:
        s3.create_bucket(Bucket="owned", ObjectOwnership="RandomValue")
    assert refusal.error == {
        "Code": "InvalidArgument",
        "Message": "Invalid x-amz-object-ownership header: RandomValue",
        "ArgumentName": "x-amz-object-ownership",
    }


def test_a_head_names_the_type_of_what_it_has_not(s3, bucket):
    # recorded: test_create_bucket_head_bucket
    headers = s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["content-type"], headers["server"]) == ("application/xml", "AmazonS3")


def test_only_an_empty_bucket_goes(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    with refused("BucketNotEmpty", 409) as refusal:
        s3.delete_bucket(Bucket=bucket)
    assert refusal.error["Message"] == "The bucket you tried to delete is not empty"
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)
    with refused("404", 404):
        s3.head_bucket(Bucket=bucket)


def test_a_versioned_bucket_is_empty_without_versions_only(s3, versioned, refused):
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    s3.delete_object(Bucket=versioned, Key="k")
    with refused("BucketNotEmpty", 409) as refusal:
        s3.delete_bucket(Bucket=versioned)
    assert refusal.error["Message"].endswith("You must delete all versions in the bucket.")


def test_uploads_under_way_go_with_their_bucket(s3, bucket, platform):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
    s3.delete_bucket(Bucket=bucket)
    with platform.store.read() as tx:
        assert tx.sql("SELECT COUNT(*) FROM s3_part") == [(0,)]
        assert tx.sql("SELECT COUNT(*) FROM s3_garbage") == [(1,)]


def test_whose_bucket_it_is_may_be_expected(s3, bucket, refused):
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="111122223333")
    with refused("AccessDenied", 403):
        s3.get_bucket_location(Bucket=bucket, ExpectedBucketOwner="444455556666")
    with refused("InvalidBucketOwnerAWSAccountID", 400) as refusal:
        s3.get_bucket_location(Bucket=bucket, ExpectedBucketOwner="abcd")
    assert refusal.error["Message"] == (
        "The value of the expected bucket owner parameter must be an AWS Account ID... [abcd]"
    )
