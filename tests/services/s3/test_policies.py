"""Bucket policies and who gets in. Oracle: recorded answers (`test_bucket_policy_*`, `test_get_object_with_anon_credentials`),
"The meaning of public" and "Actions, resources, and condition keys for Amazon S3"."""

from __future__ import annotations

import json
import urllib.parse

import pytest

from clary.access import public_policies
from clary.server.accounts import ensure_account
from clary.services.s3 import policy_names
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
        # What users of S3 report of PutBucketPolicy (https://github.com/versity/versitygw/issues/645 to 650,
        # https://github.com/humanmade/S3-Uploads/issues/239, and the questions of Terraform's users).
        ('{"Statement": [}', "This policy contains invalid Json"),
        ('{"Statement": []}', "Could not parse the policy: Statement is empty!"),
        (
            policy("bucket").replace("2012-10-17", "2012-10-18"),
            "The policy must contain a valid version string",
        ),
        (policy("bucket", condition={}), "Unknown field condition"),
        (policy("bucket", effect="hello"), "Invalid effect: hello"),
        (policy("bucket").replace("Principal", "Principals"), "Unknown field Principals"),
        ('{"Statement": {"Effect": "Allow"}}', "Missing required field Principal"),
        (policy("bucket", principal={"AWS": []}), "Missing required field Principal cannot be empty!"),
        (policy("bucket", principal=ACCOUNT), "Invalid policy syntax."),
        (policy("bucket", principal={"AWS": "ann"}), "Invalid principal in policy"),
        (
            policy("bucket", principal={"AWS": "arn:aws-cn:iam::111122223333:root"}),
            "Invalid principal in policy",
        ),
        (policy("bucket", action="GetObject"), "Policy has invalid action"),
        # The names of operations are no actions, except where they are.
        (policy("bucket", action="s3:Nope"), "Policy has invalid action"),
        (policy("bucket", action="s3:HeadObject"), "Policy has invalid action"),
        (policy("bucket", action=["s3:GetObject", "s3:ListObjectsV2"]), "Policy has invalid action"),
        (policy("bucket", resource="*"), "Policy has invalid resource"),
        (policy("bucket", resource=["arn:aws:s3:::bucket/*", "*"]), "Policy has invalid resource"),
        (
            policy("bucket", principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/gone"}),
            "Invalid principal in policy",
        ),
        (
            policy("bucket", principal={"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/x"]}),
            "Invalid principal in policy",
        ),
        (
            policy("bucket", principal={"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/gone/session"}),
            "Invalid principal in policy",
        ),
        (policy("bucket", principal={"AWS": "AIDAAAAAAAAAAAAAAAAAA"}), "Invalid principal in policy"),
        (policy("bucket", principal={"AWS": "12"}), "Invalid principal in policy"),
        (policy("bucket", principal={"Service": "nobody.example.com"}), "Invalid principal in policy"),
        (
            policy("bucket", principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/x"}, effect="Deny"),
            "Invalid principal in policy",
        ),
        (
            policy("bucket", action="s3:ListAllMyBuckets", resource="arn:aws:s3:::bucket"),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            policy("bucket", action="s3:ListBucket"),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            # humanmade/S3-Uploads#239
            policy(
                "bucket",
                action=["s3:ListBucket", "s3:GetBucketAcl"],
                resource="arn:aws:s3:::bucket",
                Condition={"StringLike": {"s3:prefix": ["*"]}},
            ),
            "Conditions do not apply to combination of actions and resources in statement",
        ),
        (policy("bucket", action="s3:Gett*"), "Policy has invalid action"),
        (policy("bucket", resource="bucket"), "Policy has invalid resource"),
        (policy("bucket", resource="arn:aws-cn:s3:::bucket/*"), "Policy has invalid resource"),
        (
            policy("bucket", resource="arn:aws:s3:::bucket"),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            policy("bucket", action=["s3:GetObject", "s3:ListBucket"]),
            "Action does not apply to any resource(s) in statement",
        ),
        (policy("bucket", Condition={"StringEqual": {"aws:x": "y"}}), "Invalid Condition type : StringEqual"),
        (
            policy("bucket", Condition={"StringEquals": {"s3:x-acl": "private"}}),
            "Policy has an invalid condition key",
        ),
        (
            policy("bucket", Condition={"IpAddress": {"aws:SourceIp": "123"}}),
            "Invalid IP address in Conditions",
        ),
        (policy("bucket", Sid="x" * 20_480), "Policy exceeds the maximum allowed document size."),
    ],
)
def test_policies_that_are_malformed(s3, bucket, refused, text, message):
    with refused("MalformedPolicy", 400) as refusal:
        s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert refusal.error["Message"] == message


@pytest.mark.parametrize(
    "more",
    [
        {"resource": "arn:aws:s3:::*", "action": "*"},
        {"resource": "arn:aws:s3:::buck*"},
        {
            "action": ["s3:ListBucket", "s3:GetObject"],
            "resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
        },
        {"action": "S3:getobject"},
        {"action": "s3:GetBucketAbac", "resource": "arn:aws:s3:::bucket"},
        {
            "action": "s3:L*",
            "resource": "arn:aws:s3:::bucket",
            "Condition": {"StringLike": {"s3:prefix": "a/*"}},
        },
        {"principal": {"AWS": ["arn:aws:iam::999988887777:role/elsewhere", "999988887777"]}},
        {"principal": {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}},
        {"principal": {"Service": ["delivery.logs.amazonaws.com", "logging.s3.amazonaws.com"]}},
        {"Condition": {}},
        {"Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.1", "2001:db8::/32", "${aws:VpcSourceIp}"]}}},
        {"Condition": {"StringEquals": {"s3:ExistingObjectTag/team": "a", "s3:VersionId": "v"}}},
        {"Condition": {"StringEquals": {"saml:aud": "https://signin.aws.amazon.com/saml"}}},
        {"Sid": "With blanks, in S3"},
    ],
)
def test_policies_that_are_taken(s3, bucket, more):
    text = policy("bucket", **{"principal": {"AWS": ACCOUNT}, **more})
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == text


def test_a_principal_that_is_there_is_taken(s3, bucket, client):
    iam = client("iam")
    user = iam.create_user(UserName="x", Path="/team/")["User"]
    role = iam.create_role(
        RoleName="r",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
            }
        ),
    )["Role"]
    names = [user["Arn"], user["UserId"], role["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"]
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, principal={"AWS": names}))
    iam.delete_user(UserName="x")
    s3.delete_object(Bucket=bucket, Key="k")  # what is stored stays good


def test_every_action_that_is_asked_for_may_stand_in_a_policy(platform):
    actions = [action for action in platform.services["s3"].actions.values() if not action.open]
    asked = {action.name for action in actions} | {one.action for action in actions for one in action.also}
    assert len(asked) > 50
    assert {name for name in asked if name.startswith("s3:") and not policy_names.is_action(name)} == set()


def test_a_policy_is_its_owners_alone(s3, bucket, client, platform, refused):
    """PutBucketPolicy (API reference): who has the permission and is of another account gets 405."""
    with platform.store.write() as tx:
        ensure_account(tx, "444455556666", "AKIAOTHEROTHEROTHER0", "other-secret")
    other = client("s3", key="AKIAOTHEROTHEROTHER0", secret="other-secret")
    grant = policy(
        bucket, action="s3:*", principal={"AWS": "444455556666"}, resource=f"arn:aws:s3:::{bucket}"
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=grant)
    for call, more in [
        (other.get_bucket_policy, {}),
        (other.put_bucket_policy, {"Policy": grant}),
        (other.delete_bucket_policy, {}),
    ]:
        with refused("MethodNotAllowed", 405) as refusal:
            call(Bucket=bucket, **more)
        assert refusal.error["ResourceType"] == "BUCKETPOLICY"
    assert other.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False


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
    assert public_policies.is_public(policy("bucket", **more)) is public


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
