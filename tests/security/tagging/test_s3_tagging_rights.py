"""What a call about an object or a bucket of S3 needs besides its own right."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.principals import Client, allow, policy, user
from tests.support.refusals import code_of


def writer(client: Client, *more: str) -> Any:
    rights = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", *more]
    return client("s3", **user(client, "ann", allow(rights, "arn:aws:s3:::data/*")))


def tags_of(s3: Any, key: str) -> dict[str, str]:
    found = s3.get_object_tagging(Bucket="data", Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in found}


def copies(s3: Any, source: str, key: str, **more: Any) -> str:
    return code_of(lambda: s3.copy_object(Bucket="data", Key=key, CopySource=f"data/{source}", **more))


PUBLIC = {"TaggingDirective": "REPLACE", "Tagging": "class=public"}


def test_an_object_is_not_copied_onto_itself_to_change_its_tags(client: Client, s3: Any) -> None:
    """By a bucket's policy on s3:ExistingObjectTag an object of another tag is an open one."""
    ann = writer(client, "s3:GetObjectTagging")
    itself = {"MetadataDirective": "REPLACE"}
    assert copies(ann, "secret", "secret", **itself, **PUBLIC) == "AccessDenied"
    assert copies(ann, "secret", "secret", **itself, TaggingDirective="REPLACE") == "AccessDenied"
    assert copies(ann, "secret", "secret", **itself) == "AccessDenied"
    assert tags_of(s3, "secret") == {"class": "secret"}
    assert copies(ann, "plain", "plain", **itself, TaggingDirective="REPLACE") == ""
    assert copies(ann, "plain", "plain", **itself) == ""


def test_a_version_is_not_copied_over_the_present_one_to_change_its_tags(client: Client, s3: Any) -> None:
    s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    before = s3.put_object(Bucket="data", Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket="data", Key="k", Body=b"1", Tagging="class=secret")
    ann = writer(client)
    assert copies(ann, f"k?versionId={before}", "k") == "AccessDenied"
    assert tags_of(s3, "k") == {"class": "secret"}


def test_new_tags_of_a_copy_need_the_right(client: Client, s3: Any) -> None:
    ann = writer(client)
    assert copies(ann, "plain", "copy", **PUBLIC) == "AccessDenied"
    # Without any it is how clients copy an object and leave its tags behind (`aws s3 cp --copy-props none`).
    assert copies(ann, "secret", "copy", TaggingDirective="REPLACE") == ""
    assert tags_of(s3, "copy") == {}
    tagging = {
        **allow("s3:PutObjectTagging"),
        "Condition": {"StringEquals": {"s3:RequestObjectTag/class": "public"}},
    }
    client("iam").put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=policy(tagging))
    assert copies(ann, "plain", "copy", **PUBLIC) == ""
    assert tags_of(s3, "copy") == {"class": "public"}


def test_tags_are_copied_by_who_may_read_and_set_them(client: Client, s3: Any) -> None:
    """ "You must have s3:GetObjectTagging permission for the source object and s3:PutObjectTagging permission for objects in
    the destination bucket" (AWS re:Post, troubleshoot copying between buckets)."""
    ann = writer(client)
    assert copies(ann, "plain", "copy") == ""
    assert copies(ann, "secret", "copy") == "AccessDenied"
    for right in ("s3:GetObjectTagging", "s3:PutObjectTagging"):
        client("iam").put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=policy(allow(right)))
        assert copies(ann, "secret", "copy") == "AccessDenied", right
    both = policy(allow(["s3:GetObjectTagging", "s3:PutObjectTagging"]))
    client("iam").put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=both)
    assert copies(ann, "secret", "copy") == ""
    assert tags_of(s3, "copy") == {"class": "secret"}
    # A deny of one of the tags holds for those that are copied as well.
    deny = {
        "Effect": "Deny",
        "Action": "s3:PutObjectTagging",
        "Resource": "*",
        "Condition": {"StringEquals": {"s3:RequestObjectTag/class": "secret"}},
    }
    client("iam").put_user_policy(UserName="ann", PolicyName="r", PolicyDocument=policy(deny))
    assert copies(ann, "secret", "other") == "AccessDenied"


def test_the_bucket_of_a_copy_has_its_say(client: Client, s3: Any) -> None:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObjectTagging",
        "Resource": "arn:aws:s3:::data/*",
    }
    ann = writer(client, "s3:GetObjectTagging", "s3:PutObjectTagging")
    assert copies(ann, "secret", "copy") == ""
    s3.put_bucket_policy(Bucket="data", Policy=policy(deny))
    assert copies(ann, "secret", "copy") == "AccessDenied"


def test_an_upload_with_tags_is_refused_by_the_hot_lane_too(client: Client, s3: Any) -> None:
    ann = writer(client)

    def put(**more: Any) -> str:
        return code_of(lambda: ann.put_object(Bucket="data", Key="k", Body=b"x", **more))

    assert put() == ""
    assert put(Tagging="class=public") == "AccessDenied"
    assert put() == ""
    assert put(ACL="bucket-owner-full-control") == "AccessDenied"
    started = code_of(lambda: ann.create_multipart_upload(Bucket="data", Key="k", Tagging="a=b"))
    assert started == "AccessDenied"
    assert code_of(lambda: ann.create_multipart_upload(Bucket="data", Key="k")) == ""


SHARED = {"Bucket": "data", "Key": "k"}


@pytest.mark.parametrize(
    ("call", "params", "right"),
    [
        ("put_object", {"ACL": "private"}, "s3:PutObjectAcl"),
        ("put_object", {"GrantRead": 'id="x"'}, "s3:PutObjectAcl"),
        ("put_object", {"ObjectLockLegalHoldStatus": "ON"}, "s3:PutObjectLegalHold"),
        (
            "put_object",
            {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2999-01-01T00:00:00Z"},
            "s3:PutObjectRetention",
        ),
        ("copy_object", {"CopySource": "data/plain", "ACL": "private"}, "s3:PutObjectAcl"),
        ("create_multipart_upload", {"ACL": "private"}, "s3:PutObjectAcl"),
        ("get_object", {"VersionId": "null"}, "s3:GetObjectVersion"),
        ("head_object", {"VersionId": "null"}, "s3:GetObjectVersion"),
        ("delete_object", {"VersionId": "null"}, "s3:DeleteObjectVersion"),
        ("delete_object", {"IfMatch": '"9dd4e461268c8034f5c8564e155c67a6"'}, "s3:GetObject"),
        ("delete_object", {"BypassGovernanceRetention": True}, "s3:BypassGovernanceRetention"),
        ("get_object_attributes", {"ObjectAttributes": ["ETag"]}, "s3:GetObject"),
        (
            "get_object_attributes",
            {"ObjectAttributes": ["ETag"], "VersionId": "null"},
            "s3:GetObjectVersionAttributes",
        ),
        ("get_object_attributes", {"ObjectAttributes": ["ETag"], "VersionId": "null"}, "s3:GetObjectVersion"),
        ("get_object_tagging", {"VersionId": "null"}, "s3:GetObjectVersionTagging"),
        (
            "put_object_tagging",
            {"VersionId": "null", "Tagging": {"TagSet": []}},
            "s3:PutObjectVersionTagging",
        ),
        ("delete_object_tagging", {"VersionId": "null"}, "s3:DeleteObjectVersionTagging"),
        ("get_object_acl", {"VersionId": "null"}, "s3:GetObjectVersionAcl"),
        ("put_object_acl", {"VersionId": "null", "ACL": "private"}, "s3:PutObjectVersionAcl"),
    ],
)
def test_what_else_a_call_about_an_object_needs(
    client: Client, s3: Any, call: str, params: dict[str, Any], right: str
) -> None:
    s3.put_object(**SHARED, Body=b"x")
    denied = {"Effect": "Deny", "Action": right, "Resource": "*"}
    ann = client("s3", **user(client, "ann", allow("s3:*"), denied))
    with pytest.raises(ClientError) as caught:
        getattr(ann, call)(**SHARED, **params)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    if call != "head_object":  # which has no body to say it in
        assert right in error["Error"]["Message"]


@pytest.mark.parametrize(
    ("params", "right"),
    [
        ({"CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]}}, "s3:TagResource"),
        ({"ACL": "public-read"}, "s3:PutBucketAcl"),
        ({"GrantWrite": "uri=x"}, "s3:PutBucketAcl"),
        ({"ObjectOwnership": "BucketOwnerEnforced"}, "s3:PutBucketOwnershipControls"),
        ({"ObjectLockEnabledForBucket": True}, "s3:PutBucketObjectLockConfiguration"),
        ({"ObjectLockEnabledForBucket": True}, "s3:PutBucketVersioning"),
    ],
)
def test_what_else_a_new_bucket_needs(client: Client, params: dict[str, Any], right: str) -> None:
    # CreateBucket (API reference), "Permissions"; CreateBucketConfiguration, Tags.
    denied = {"Effect": "Deny", "Action": right, "Resource": "*"}
    ann = client("s3", **user(client, "ann", allow("s3:*"), denied))
    with pytest.raises(ClientError, match=right):
        ann.create_bucket(Bucket="fresh", **params)
    assert code_of(lambda: ann.create_bucket(Bucket="fresh", ACL="private")) == ""


def test_a_buckets_tags_may_be_some_only(client: Client) -> None:
    may = {**allow("s3:TagResource"), "Condition": {"StringEquals": {"aws:RequestTag/team": "a"}}}
    ann = client("s3", **user(client, "ann", allow("s3:CreateBucket"), may))

    def create(team: str) -> str:
        tags = {"Tags": [{"Key": "team", "Value": team}]}
        return code_of(lambda: ann.create_bucket(Bucket="fresh", CreateBucketConfiguration=tags))

    assert create("b") == "AccessDenied"
    assert create("a") == ""


def test_deleting_by_etag_does_not_tell_what_may_not_be_read(client: Client, s3: Any) -> None:
    """ "Conditional deletes with a specific ETag value require both s3:DeleteObject and s3:GetObject permissions" (S3 User
    Guide, "Enforce conditional deletes"); with `*` they ask for no more than the object's being there."""
    ann = client("s3", **user(client, "ann", allow("s3:DeleteObject")))

    def delete(key: str, etag: str) -> str:
        entry = {"Key": key, "ETag": etag}
        errors = ann.delete_objects(Bucket="data", Delete={"Objects": [entry]}).get("Errors", [])
        return errors[0]["Code"] if errors else ""

    etag = s3.head_object(Bucket="data", Key="plain")["ETag"]
    assert delete("plain", etag) == delete("plain", '"0"') == "AccessDenied"
    assert delete("plain", "*") == ""
    assert code_of(lambda: ann.delete_object(Bucket="data", Key="secret", IfMatch="*")) == ""
