"""Bucket policies and who gets in. Oracle: recorded answers (`test_bucket_policy_*`, `test_get_object_with_anon_credentials`),
"The meaning of public" and "Actions, resources, and condition keys for Amazon S3"."""

from __future__ import annotations

import json
import urllib.parse

import pytest

from clary.services.s3 import exposure
from tests.conftest import ACCOUNT
from tests.inprocess import ENDPOINT

OPEN = {
    "IgnorePublicAcls": True,
    "BlockPublicAcls": True,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}


def policy(bucket, action="s3:GetObject", principal="*", resource=None, effect="Allow", **more):
    statement = {"Effect": effect, "Principal": principal, "Action": action}
    statement["Resource"] = resource or f"arn:aws:s3:::{bucket}/*"
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | more]})


@pytest.fixture
def user(client):
    """`user(*statements)`: an S3 client of a user who may do just that."""
    iam, made = client("iam"), []

    def make(*statements):
        name = f"u{len(made)}"
        made.append(name)
        iam.create_user(UserName=name)
        if statements:
            document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]}
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return client("s3", key=key["AccessKeyId"], secret=key["SecretAccessKey"])

    return make


def anonymous(app, path):
    status, _, body = app.request("GET", f"{ENDPOINT}/{urllib.parse.quote(path)}", {})
    return status, body


def test_a_policy_is_stored_shown_and_deleted(s3, bucket, refused):
    with refused("NoSuchBucketPolicy", 404) as refusal:
        s3.get_bucket_policy(Bucket=bucket)
    assert refusal.error["BucketName"] == bucket
    text = policy(bucket, principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == text
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False
    s3.delete_bucket_policy(Bucket=bucket)
    with refused("NoSuchBucketPolicy", 404):
        s3.get_bucket_policy(Bucket=bucket)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Policies must be valid JSON and the first byte must be '{'"),
        ("random", "Policies must be valid JSON and the first byte must be '{'"),
        ("{}", "Missing required field Statement"),
        (policy("other"), "Policy has invalid resource"),
        (policy("bucket", action="iam:GetUser"), "Policy has invalid action"),
    ],
)
def test_policies_that_are_malformed(s3, bucket, refused, text, message):
    with refused("MalformedPolicy", 400) as refusal:
        s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert refusal.error["Message"] == message


def test_public_policies_are_blocked_until_the_owner_lets_them(s3, bucket, app, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"body data")
    with refused("AccessDenied", 403) as refusal:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket))
    assert "BlockPublicPolicy" in refusal.error["Message"]
    assert anonymous(app, f"{bucket}/k")[0] == 403
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=OPEN)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket))
    assert anonymous(app, f"{bucket}/k") == (200, b"body data")
    assert anonymous(app, bucket)[0] == 403
    s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=OPEN | {"RestrictPublicBuckets": True}
    )
    assert anonymous(app, f"{bucket}/k")[0] == 403


def test_a_policy_lets_a_user_in(s3, bucket, user, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    somebody = user()
    with refused("AccessDenied", 403) as refusal:
        somebody.get_object(Bucket=bucket, Key="k")
    assert "s3:GetObject" in refusal.error["Message"]
    grant = policy(bucket, principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/u0"})
    s3.put_bucket_policy(Bucket=bucket, Policy=grant)
    assert somebody.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"
    with refused("AccessDenied", 403):
        somebody.put_object(Bucket=bucket, Key="k", Body=b"2")


def test_a_policy_denies_whoever_else_allows(s3, bucket, user, refused):
    s3.put_object(Bucket=bucket, Key="secret/k", Body=b"1")
    somebody = user({"Action": "s3:*", "Resource": "*"})
    assert somebody.get_object(Bucket=bucket, Key="secret/k")["ContentLength"] == 1
    denied = policy(
        bucket, action="s3:*", principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/u0"}, effect="Deny",
        resource=f"arn:aws:s3:::{bucket}/secret/*",
    )  # fmt: skip
    s3.put_bucket_policy(Bucket=bucket, Policy=denied)
    with refused("AccessDenied", 403):
        somebody.get_object(Bucket=bucket, Key="secret/k")


def test_actions_are_those_of_iam(s3, versioned, user, refused):
    """One action each: HeadObject is s3:GetObject, ListObjectsV2 and HeadBucket s3:ListBucket ..."""
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    lister = user({"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{versioned}"})
    lister.list_objects_v2(Bucket=versioned)
    lister.list_objects(Bucket=versioned)
    lister.head_bucket(Bucket=versioned)
    with refused("AccessDenied", 403):
        lister.list_object_versions(Bucket=versioned)
    reader = user({"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{versioned}/*"})
    reader.head_object(Bucket=versioned, Key="k")
    with refused("AccessDenied", 403) as refusal:
        reader.get_object(Bucket=versioned, Key="k", VersionId=version)
    assert "s3:GetObjectVersion" in refusal.error["Message"]
    writer = user({"Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{versioned}/*"})
    writer.create_multipart_upload(Bucket=versioned, Key="k")
    with refused("AccessDenied", 403):
        writer.put_object(Bucket=versioned, Key="k", Body=b"", Tagging="a=b")


def test_a_copy_needs_both_ends(s3, bucket, user, refused):
    s3.put_object(Bucket=bucket, Key="src", Body=b"1")
    writer = user({"Action": "s3:PutObject", "Resource": "*"})
    with refused("AccessDenied", 403) as refusal:
        writer.copy_object(Bucket=bucket, Key="dst", CopySource=f"{bucket}/src")
    assert "s3:GetObject" in refusal.error["Message"]
    both = user({"Action": ["s3:PutObject", "s3:GetObject"], "Resource": "*"})
    both.copy_object(Bucket=bucket, Key="dst", CopySource=f"{bucket}/src")


def test_deleting_many_is_judged_key_by_key(s3, bucket, user):
    for key in ("a/1", "b/1"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    deleter = user({"Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{bucket}/a/*"})
    answer = deleter.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a/1"}, {"Key": "b/1"}]})
    assert answer["Deleted"] == [{"Key": "a/1"}]
    assert [(e["Key"], e["Code"]) for e in answer["Errors"]] == [("b/1", "AccessDenied")]
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["b/1"]


@pytest.fixture
def stranger(client, platform):
    """The root of another account."""
    from clary.services.iam.accounts import ensure_account

    with platform.store.write() as tx:
        ensure_account(tx, "444455556666", "AKIASTRANGERSTRANGER", "stranger-secret-stranger-secret-stranger")
    return client("s3", key="AKIASTRANGERSTRANGER", secret="stranger-secret-stranger-secret-stranger")


def test_another_account_is_a_stranger(s3, bucket, stranger, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    with refused("AccessDenied", 403):
        stranger.get_object(Bucket=bucket, Key="k")
    with refused("403", 403):
        stranger.head_bucket(Bucket=bucket)
    with refused("BucketAlreadyExists", 409):
        stranger.create_bucket(Bucket=bucket)
    stranger.create_bucket(Bucket="theirs")
    with refused("AccessDenied", 403):
        stranger.copy_object(Bucket="theirs", Key="k", CopySource=f"{bucket}/k")
    assert stranger.list_buckets()["Buckets"][0]["Name"] == "theirs"
    assert len(stranger.list_buckets()["Buckets"]) == 1
    answer = stranger.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}]})
    assert answer["Errors"][0]["Code"] == "AccessDenied"
    grant = policy(bucket, principal={"AWS": "444455556666"})
    s3.put_bucket_policy(Bucket=bucket, Policy=grant)
    assert stranger.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


@pytest.mark.parametrize(
    ("more", "public"),
    [
        ({}, True),
        ({"principal": {"AWS": "*"}}, True),
        ({"principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}}, True),
        ({"principal": {"AWS": "111122223333"}}, False),
        ({"principal": {"Service": "logging.s3.amazonaws.com"}}, False),
        ({"effect": "Deny"}, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, True),
        ({"Condition": {"StringLike": {"aws:UserAgent": "x"}}}, True),
    ],
)
def test_the_meaning_of_public(more, public):
    assert exposure.is_public(policy("bucket", **more)) is public


def test_only_who_signs_may_have_other_headers(s3, bucket, app):
    # GetObject (API reference): response-* parameters need a signed request.
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    s3.delete_public_access_block(Bucket=bucket)
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    url = f"{s3.meta.endpoint_url}/{bucket}/k"
    assert app.request("GET", url, {})[0] == 200
    status, _, body = app.request("GET", f"{url}?response-content-type=text/plain", {})
    assert (status, b"cannot be used for anonymous GET requests" in body) == (400, True), body


def test_presigned_urls_read_and_write(s3, bucket, app, clock):
    put = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    status, _, body = app.request("PUT", put, {}, b"put!")
    assert status == 200, body
    get = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=60)
    assert app.request("GET", get, {})[::2] == (200, b"put!")
    assert app.request("GET", get.replace("/k?", "/other?"), {})[0] == 403
    clock.advance(3600)
    status, _, body = app.request("GET", get, {})
    assert (status, b"Request has expired" in body) == (403, True)
