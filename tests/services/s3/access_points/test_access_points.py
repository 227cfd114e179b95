"""Access points: their life, and requests that name them. Oracle: "Managing access to shared datasets with access points"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points.html) and its pages on policies and naming."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.support.clients import boto3_client
from tests.support.principals import ACCOUNT, OTHER, allow, user

ARN = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/data"


@pytest.fixture
def control(client):
    return client("s3control")


@pytest.fixture
def point(control, bucket):
    """An access point of the bucket, by ARN and alias."""
    made = control.create_access_point(AccountId=ACCOUNT, Name="data", Bucket=bucket)
    assert made["AccessPointArn"] == ARN
    return SimpleNamespace(arn=ARN, alias=made["Alias"])


@pytest.fixture
def at(app):
    """`at("http://localhost:4566")`: S3 at another endpoint; None for AWS's own names."""

    def make(endpoint, key=ROOT_KEY, secret=ROOT_SECRET):
        return app._bound(boto3_client("s3", endpoint, key, secret))

    return make


@pytest.fixture
def local(at):
    return at("http://localhost:4566")


def statement(
    effect="Allow",
    principal: Any = "*",
    action: Any = "s3:GetObject",
    resource: Any = f"{ARN}/object/*",
    **more,
):
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def delegate(s3, bucket):
    """The bucket leaves it to the access points of its account ("Delegating access control to access points")."""
    condition = {"StringEquals": {"s3:DataAccessPointAccount": ACCOUNT}}
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    text = document(statement(action="s3:*", resource=resources, Condition=condition))
    s3.put_bucket_policy(Bucket=bucket, Policy=text)


def test_its_life(control, bucket, refused):
    made = control.create_access_point(AccountId=ACCOUNT, Name="data", Bucket=bucket)
    assert made["Alias"].startswith("data-")
    assert made["Alias"].endswith("-s3alias")
    assert len(made["Alias"]) <= 63
    found = control.get_access_point(AccountId=ACCOUNT, Name="data")
    assert (found["Bucket"], found["NetworkOrigin"], found["Alias"]) == (bucket, "Internet", made["Alias"])
    assert set(found["PublicAccessBlockConfiguration"].values()) == {True}
    assert found["Endpoints"]["ipv4"] == "s3-accesspoint.us-east-1.amazonaws.com"
    with refused("AccessPointAlreadyOwnedByYou", 409):
        control.create_access_point(AccountId=ACCOUNT, Name="data", Bucket=bucket)
    control.delete_access_point(AccountId=ACCOUNT, Name="data")
    with refused("NoSuchAccessPoint", 404):
        control.get_access_point(AccountId=ACCOUNT, Name="data")
    with refused("NoSuchAccessPoint", 404):
        control.delete_access_point(AccountId=ACCOUNT, Name="data")


def test_lists(control, s3, bucket):
    s3.create_bucket(Bucket="second")
    for number in range(5):
        control.create_access_point(AccountId=ACCOUNT, Name=f"point-{number}", Bucket=bucket)
    control.create_access_point(AccountId=ACCOUNT, Name="other", Bucket="second")
    pages = (
        control.get_paginator("list_access_points") if control.can_paginate("list_access_points") else None
    )
    names, token = [], {}
    while True:
        page = control.list_access_points(AccountId=ACCOUNT, Bucket=bucket, MaxResults=2, **token)
        names += [one["Name"] for one in page["AccessPointList"]]
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    assert (pages, names) == (pages, [f"point-{number}" for number in range(5)])
    assert len(control.list_access_points(AccountId=ACCOUNT)["AccessPointList"]) == 6


@pytest.mark.parametrize("name", ["-ab", "ab-", "Abc", "a.b", "a_b", "xn--abc", "a" * 51])
def test_names(control, bucket, refused, name):
    with refused("InvalidAccessPoint", 400):
        control.create_access_point(AccountId=ACCOUNT, Name=name, Bucket=bucket)


def test_what_it_cannot_be_made_of(control, bucket, refused, stranger, client):
    with refused("NoSuchBucket", 404):
        control.create_access_point(AccountId=ACCOUNT, Name="data", Bucket="nothing-here")
    with refused("NotImplemented", 501):
        vpc = {"VpcId": "vpc-1"}
        control.create_access_point(AccountId=ACCOUNT, Name="data", Bucket=bucket, VpcConfiguration=vpc)
    with refused("AccessDenied", 403):
        control.create_access_point(AccountId=OTHER, Name="data", Bucket=bucket)
    theirs = client(
        "s3control", key="AKIASTRANGERSTRANGER", secret="stranger-secret-stranger-secret-stranger"
    )
    with refused("AccessDenied", 403):
        theirs.create_access_point(AccountId=OTHER, Name="data", Bucket=bucket)


def test_policies(control, point, refused, bucket):
    names = {"AccountId": ACCOUNT, "Name": "data"}
    with refused("NoSuchAccessPointPolicy", 404):
        control.get_access_point_policy(**names)
    text = document(statement(principal={"AWS": ACCOUNT}))
    control.put_access_point_policy(**names, Policy=text)
    assert control.get_access_point_policy(**names)["Policy"] == text
    assert control.get_access_point_policy_status(**names)["PolicyStatus"] == {"IsPublic": False}
    with refused("AccessDenied", 403):  # BlockPublicPolicy
        control.put_access_point_policy(**names, Policy=document(statement()))
    for resource in (f"arn:aws:s3:::{bucket}/*", f"{ARN}x/object/*", "*", f"{ARN}/k"):
        with refused("MalformedPolicy", 400):
            control.put_access_point_policy(
                **names, Policy=document(statement(principal={"AWS": ACCOUNT}, resource=resource))
            )
    for bad in ("no json", "{}", '{"Statement": 1}', "[" * 10_000):
        with refused("MalformedPolicy", 400):
            control.put_access_point_policy(**names, Policy=bad)
    assert control.get_access_point_policy(**names)["Policy"] == text
    control.delete_access_point_policy(**names)
    with refused("NoSuchAccessPointPolicy", 404):
        control.get_access_point_policy(**names)


def test_requests_by_arn_alias_and_host(s3, local, at, point, bucket):
    local.put_object(Bucket=point.arn, Key="k", Body=b"by arn")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"by arn"
    assert s3.get_object(Bucket=point.alias, Key="k")["Body"].read() == b"by arn"
    assert at(None).get_object(Bucket=point.arn, Key="k")["Body"].read() == b"by arn"
    assert at(None).get_object(Bucket=point.alias, Key="k")["Body"].read() == b"by arn"
    assert [o["Key"] for o in local.list_objects_v2(Bucket=point.arn)["Contents"]] == ["k"]
    assert local.head_object(Bucket=point.arn, Key="k")["ContentLength"] == 6
    assert s3.delete_objects(Bucket=point.alias, Delete={"Objects": [{"Key": "k"}]})["Deleted"] == [
        {"Key": "k"}
    ]
    assert local.head_bucket(Bucket=point.arn)["AccessPointAlias"]


def test_copies(local, s3, point, bucket):
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"1")
    local.copy_object(Bucket=point.arn, Key="c", CopySource={"Bucket": point.arn, "Key": "a/b"})
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == b"1"
    local.copy_object(Bucket=bucket, Key="d", CopySource={"Bucket": point.alias, "Key": "c"})
    assert s3.get_object(Bucket=bucket, Key="d")["Body"].read() == b"1"


def test_multipart_uploads(local, s3, point, bucket):
    names = {"Bucket": point.arn, "Key": "k"}
    upload = local.create_multipart_upload(**names)["UploadId"]
    part = local.upload_part(**names, UploadId=upload, PartNumber=1, Body=b"1")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    local.complete_multipart_upload(**names, UploadId=upload, MultipartUpload=parts)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_what_is_for_buckets_only(local, s3, point, refused):
    with refused("MethodNotAllowed", 405):
        local.put_bucket_versioning(Bucket=point.arn, VersioningConfiguration={"Status": "Enabled"})
    with refused("MethodNotAllowed", 405):
        s3.delete_bucket(Bucket=point.alias)


def test_names_that_lead_nowhere(local, s3, at, point, refused):
    with refused("NoSuchBucket", 404):
        s3.get_object(Bucket="data-abcdefghijklmnopqrstuvwxyz01234567-s3alias", Key="k")
    with refused("NoSuchAccessPoint", 404):
        at(None).get_object(Bucket=f"{ARN}x", Key="k")
    with refused("NoSuchBucket", 404):
        local.get_object(Bucket=f"{ARN}x", Key="k")
    s3.create_bucket(Bucket=f"mine-{OTHER}")  # a bucket may be called so
    s3.put_object(Bucket=f"mine-{OTHER}", Key="k", Body=b"1")
    assert s3.get_object(Bucket=f"mine-{OTHER}", Key="k")["Body"].read() == b"1"


def test_a_bucket_with_access_points_stays(s3, control, point, bucket, refused):
    with refused("BucketHasAccessPointsAttached", 400):
        s3.delete_bucket(Bucket=bucket)
    control.delete_access_point(AccountId=ACCOUNT, Name="data")
    s3.delete_bucket(Bucket=bucket)


def test_both_policies_must_let_a_user_in(client, s3, local, at, control, point, bucket, refused):
    """ "For an application or user to access objects through an access point, both the access point and the underlying bucket
    must permit the request." """
    s3.put_object(Bucket=bucket, Key="a/k", Body=b"1")
    s3.put_object(Bucket=bucket, Key="b/k", Body=b"2")
    jane = at("http://localhost:4566", **user(client, "jane"))
    to_jane = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/jane"}
    with refused("AccessDenied", 403):
        jane.get_object(Bucket=point.arn, Key="a/k")
    text = document(statement(principal=to_jane, resource=f"{ARN}/object/a/*"))
    control.put_access_point_policy(AccountId=ACCOUNT, Name="data", Policy=text)
    with refused("AccessDenied", 403):  # the bucket says nothing yet
        jane.get_object(Bucket=point.arn, Key="a/k")
    delegate(s3, bucket)
    assert jane.get_object(Bucket=point.arn, Key="a/k")["Body"].read() == b"1"
    assert jane.get_object(Bucket=point.alias, Key="a/k")["Body"].read() == b"1"
    with refused("AccessDenied", 403):
        jane.get_object(Bucket=point.arn, Key="b/k")
    with refused("AccessDenied", 403):  # the bucket is open to access points alone
        jane.get_object(Bucket=bucket, Key="a/k")


def test_a_policy_of_the_access_point_denies(client, s3, at, control, point, bucket, refused):
    jane = at("http://localhost:4566", **user(client, "jane", allow("s3:*")))
    jane.put_object(Bucket=point.arn, Key="k", Body=b"1")
    denied = [
        statement("Deny", action=["s3:DeleteObject", "s3:GetObjectTagging", "s3:PutObjectTagging"]),
        statement("Deny", action="s3:ListBucket", resource=ARN),
    ]
    control.put_access_point_policy(AccountId=ACCOUNT, Name="data", Policy=document(*denied))
    with refused("AccessDenied", 403):
        jane.delete_object(Bucket=point.arn, Key="k")
    failed = jane.delete_objects(Bucket=point.arn, Delete={"Objects": [{"Key": "k"}]})["Errors"]
    assert [one["Code"] for one in failed] == ["AccessDenied"]
    with refused("AccessDenied", 403):
        jane.list_objects_v2(Bucket=point.arn)
    jane.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    with refused("AccessDenied", 403):  # the tags of the source are read through the access point
        jane.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": point.arn, "Key": "k"})
    with refused("AccessDenied", 403):  # and written through it
        jane.copy_object(Bucket=point.arn, Key="c", CopySource={"Bucket": bucket, "Key": "k"})
    assert jane.get_object(Bucket=point.arn, Key="k")["Body"].read() == b"1"


def test_a_bucket_policy_may_want_access_points(client, s3, local, point, bucket, refused):
    condition = {"StringNotEquals": {"s3:AccessPointNetworkOrigin": "Internet"}}
    denied = statement("Deny", resource=f"arn:aws:s3:::{bucket}/*", Condition=condition)
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    s3.put_bucket_policy(Bucket=bucket, Policy=document(denied))
    with refused("AccessDenied", 403):
        s3.get_object(Bucket=bucket, Key="k")
    assert local.get_object(Bucket=point.arn, Key="k")
    denied["Condition"] = {"ArnEquals": {"s3:DataAccessPointArn": ARN}}
    s3.put_bucket_policy(Bucket=bucket, Policy=document(denied))
    with refused("AccessDenied", 403):
        local.get_object(Bucket=point.arn, Key="k")
    assert s3.get_object(Bucket=bucket, Key="k")


def test_a_copy_through_an_access_point_is_a_copy_of_the_bucket(client, s3, at, point, bucket, refused):
    """A condition on the source must not fall because the source is named otherwise."""
    s3.create_bucket(Bucket="second")
    s3.put_object(Bucket=bucket, Key="secret/k", Body=b"1")
    condition = {"StringLike": {"s3:x-amz-copy-source": f"{bucket}/secret/*"}}
    denied = statement("Deny", action="s3:PutObject", resource="arn:aws:s3:::second/*", Condition=condition)
    s3.put_bucket_policy(Bucket="second", Policy=document(denied))
    jane = at("http://localhost:4566", **user(client, "jane", allow("s3:*")))
    for source in (bucket, point.arn, point.alias):
        with refused("AccessDenied", 403):
            jane.copy_object(Bucket="second", Key="c", CopySource={"Bucket": source, "Key": "secret/k"})


def test_other_accounts(s3, at, control, point, bucket, stranger, client, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    delegate(s3, bucket)
    keys = {"key": "AKIASTRANGERSTRANGER", "secret": "stranger-secret-stranger-secret-stranger"}
    theirs = at("http://localhost:4566", **keys)
    with refused("AccessDenied", 403):
        theirs.get_object(Bucket=point.arn, Key="k")
    control.put_access_point_policy(
        AccountId=ACCOUNT, Name="data", Policy=document(statement(principal={"AWS": OTHER}))
    )
    assert theirs.get_object(Bucket=point.arn, Key="k")["Body"].read() == b"1"
    # An access point of their own is no way in: the bucket trusts those of its own account.
    made = client("s3control", **keys)
    names = {"AccountId": OTHER, "Name": "theirs"}
    made.create_access_point(**names, Bucket=bucket, BucketAccountId=ACCOUNT)
    own = f"arn:aws:s3:us-east-1:{OTHER}:accesspoint/theirs"
    with refused("AccessDenied", 403):
        theirs.get_object(Bucket=own, Key="k")
    control.delete_access_point(AccountId=ACCOUNT, Name="data")
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)  # theirs keeps it from nothing
    with refused("NoSuchBucket", 404):
        theirs.get_object(Bucket=own, Key="k")


def test_public_policies_need_the_blocks_to_be_off(s3, at, control, bucket, refused, anonymous):
    open_ = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy"), False)
    names = {"AccountId": ACCOUNT, "Name": "data"}
    block = {**open_, "RestrictPublicBuckets": False}
    alias = control.create_access_point(**names, Bucket=bucket, PublicAccessBlockConfiguration=block)["Alias"]
    control.put_access_point_policy(**names, Policy=document(statement()))
    assert control.get_access_point_policy_status(**names)["PolicyStatus"] == {"IsPublic": True}
    delegate(s3, bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert anonymous.get_object(Bucket=alias, Key="k")["Body"].read() == b"1"
    control.delete_access_point(**names)
    block = {**open_, "RestrictPublicBuckets": True}
    alias = control.create_access_point(**names, Bucket=bucket, PublicAccessBlockConfiguration=block)["Alias"]
    control.put_access_point_policy(**names, Policy=document(statement()))
    with refused("AccessDenied", 403):
        anonymous.get_object(Bucket=alias, Key="k")


def test_selects(s3, point, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"a,b\n")
    ask = {"Expression": "SELECT s._2 FROM S3Object s", "ExpressionType": "SQL"}
    form = {"InputSerialization": {"CSV": {}}, "OutputSerialization": {"CSV": {}}}
    events = list(s3.select_object_content(Bucket=point.alias, Key="k", **ask, **form)["Payload"])
    assert events[0]["Records"]["Payload"] == b"b\n"
