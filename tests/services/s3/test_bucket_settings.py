"""Sub-resources of buckets. Oracle: recorded answers (`test_s3_default_bucket_encryption*`, `test_crud_bucket_ownership_controls`,
`test_bucket_tagging_exc`, `test_put_cors*`, `test_s3_bucket_acl_exceptions`) and the API reference."""

from __future__ import annotations

import pytest
from botocore.config import Config

from clary.services.s3 import cors


def test_bucket_tags(s3, bucket, refused):
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket=bucket)
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)
    with refused("NoSuchBucket", 404):
        s3.get_bucket_tagging(Bucket="missing")


def test_object_tags(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", Tagging="tag1=tag1&tag2=&tag")
    expected = [{"Key": "tag1", "Value": "tag1"}, {"Key": "tag2", "Value": ""}, {"Key": "tag", "Value": ""}]
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == expected
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 3
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "x", "Value": "y"}]})
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 1
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert "TagCount" not in s3.head_object(Bucket=bucket, Key="k")
    with refused("NoSuchKey", 404):
        s3.put_object_tagging(Bucket=bucket, Key="missing", Tagging={"TagSet": []})


def test_a_tagging_without_a_set_takes_the_tags_away(client, s3, bucket, refused):
    # recorded: test_put_bucket_tagging_none_value, test_put_object_tagging_none_value
    raw = client("s3", config=Config(parameter_validation=False))
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", Tagging="a=1")
    raw.put_object_tagging(Bucket=bucket, Key="k", Tagging={})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    raw.put_bucket_tagging(Bucket=bucket, Tagging={})
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([("a", "1"), ("a", "2")], "InvalidTag"),
        ([("aws:x", "1")], "InvalidTag"),
        ([("k" * 129, "1")], "InvalidTag"),
        ([("a", "v" * 257)], "InvalidTag"),
        ([("a<b", "1")], "InvalidTag"),
        ([(str(i), "") for i in range(11)], "BadRequest"),
    ],
)
def test_tags_that_are_refused(s3, bucket, refused, tags, code):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    tag_set = [{"Key": key, "Value": value} for key, value in tags]
    with refused(code, 400):
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tag_set})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


def test_tags_of_aws_own_are_refused(s3, bucket, refused):
    tags = [{"Key": "aws:x", "Value": "1"}]
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    with refused("InvalidTag", 400) as refusal:
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert refusal.error["Message"] == "Your TagKey cannot be prefixed with aws:"
    with refused("InvalidTag", 400) as refusal:
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert refusal.error["Message"] == "System tags cannot be added/updated by requester"
    with refused("InvalidTag", 400) as refusal:
        s3.create_bucket(Bucket="tagged", CreateBucketConfiguration={"Tags": tags})
    assert refusal.error["Message"].startswith('User-defined tag keys can\'t start with "aws:".')


@pytest.mark.parametrize("header", ["a=1&a=2", "a=%3C", "%23=1"])
def test_a_header_of_tags_that_is_none(s3, bucket, refused, header):
    with refused("InvalidArgument", 400) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"1", Tagging=header)
    assert (refusal.error["ArgumentName"], refusal.error["ArgumentValue"]) == ("x-amz-tagging", header)
    assert refusal.error["Message"] == (
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
        "duplicates."
    )


def test_encryption_is_aes256(s3, bucket, refused):
    """New buckets block customers' keys, as on AWS since April 2026 (Blocking or unblocking SSE-C, S3 User Guide)."""
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules == [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": False,
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
        }
    ]
    with refused("NoSuchBucket", 404):
        s3.get_bucket_encryption(Bucket="missing")


def test_ownership_and_acls(s3, bucket, refused):
    rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    with refused("AccessControlListNotSupported", 400) as refusal:
        s3.put_bucket_acl(Bucket=bucket, ACL="private")
    assert refusal.error["Message"] == "The bucket does not allow ACLs"
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", ACL="bucket-owner-full-control")
    with refused("AccessControlListNotSupported", 400):
        s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    with refused("MissingSecurityHeader", 400) as refusal:
        s3.put_bucket_acl(Bucket=bucket)
    assert refusal.error["MissingHeaderName"] == "x-amz-acl"
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    with refused("OwnershipControlsNotFoundError", 404):
        s3.get_bucket_ownership_controls(Bucket=bucket)


def test_the_owner_holds_everything(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    for answer in (s3.get_bucket_acl(Bucket=bucket), s3.get_object_acl(Bucket=bucket, Key="k")):
        (grant,) = answer["Grants"]
        assert grant == {
            "Grantee": {"ID": answer["Owner"]["ID"], "Type": "CanonicalUser"},
            "Permission": "FULL_CONTROL",
        }
    assert answer["Owner"]["ID"] == s3.list_buckets()["Owner"]["ID"]


def test_the_public_access_block_is_on_at_first(s3, bucket, refused):
    found = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert found == dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    s3.delete_public_access_block(Bucket=bucket)
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        s3.get_public_access_block(Bucket=bucket)


RULE = {
    "AllowedHeaders": ["x-amz-*"],
    "AllowedMethods": ["GET", "PUT"],
    "AllowedOrigins": ["https://test.com", "http://*.dev"],
    "ExposeHeaders": ["etag"],
    "MaxAgeSeconds": 3000,
}


def test_cors_rules(s3, bucket, platform, refused):
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=bucket)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [RULE]})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [RULE]
    with platform.store.read() as tx:
        headers = cors.allowed(tx, bucket, "http://a.dev", "GET", ["X-Amz-Date"])
        assert headers is not None
        assert headers["Access-Control-Allow-Origin"] == "http://a.dev"
        assert headers["Access-Control-Allow-Headers"] == "x-amz-date"
        assert headers["Access-Control-Max-Age"] == "3000"
        for origin, method, asked in (
            ("http://evil", "GET", []),
            ("https://test.com", "DELETE", []),
            ("https://test.com", "GET", ["other"]),
            ("https://test.com.evil", "GET", []),
        ):
            assert cors.allowed(tx, bucket, origin, method, asked) is None
    with refused("InvalidRequest", 400) as refusal:
        s3.put_bucket_cors(
            Bucket=bucket, CORSConfiguration={"CORSRules": [RULE | {"AllowedMethods": ["MYMETHOD"]}]}
        )
    assert (
        refusal.error["Message"]
        == "Found unsupported HTTP method in CORS config. Unsupported method is MYMETHOD"
    )
    with refused("MalformedXML", 400):
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": []})
    s3.delete_bucket_cors(Bucket=bucket)
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=bucket)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ],
)
def test_what_no_bucket_has(s3, bucket, refused, operation, code):
    with refused(code, 404):
        getattr(s3, operation)(Bucket=bucket)


def test_what_is_not_here_is_refused_by_name(s3, bucket, refused):
    with refused("NotImplemented", 501):
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}, "TopicConfigurations": [
                {"TopicArn": "arn:aws:sns:us-east-1:111122223333:t", "Events": ["s3:ObjectCreated:*"]}]}
        )  # fmt: skip
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    assert "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
