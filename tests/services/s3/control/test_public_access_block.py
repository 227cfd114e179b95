"""The public access block of an account. Oracle: "Blocking public access to your Amazon S3 storage"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html): of bucket and account "the most
restrictive combination" holds."""

from __future__ import annotations

import json

import pytest

from tests.support.principals import ACCOUNT, OTHER

ALL = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@pytest.fixture
def control(client):
    return client("s3control")


def block(control, **chosen):
    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=chosen)


def test_it_is_kept_shown_and_deleted(control, refused):
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        control.get_public_access_block(AccountId=ACCOUNT)
    block(control, BlockPublicAcls=True)
    found = control.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
    assert found == {**dict.fromkeys(ALL, False), "BlockPublicAcls": True}
    control.delete_public_access_block(AccountId=ACCOUNT)
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        control.get_public_access_block(AccountId=ACCOUNT)


def test_it_holds_for_every_bucket(s3, control, with_acls, anonymous, refused):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1", ACL="public-read")
    assert anonymous.get_object(Bucket=with_acls, Key="k")
    block(control, **ALL)
    with refused("AccessDenied", 403):
        anonymous.get_object(Bucket=with_acls, Key="k")
    with refused("AccessDenied", 403):
        s3.put_bucket_acl(Bucket=with_acls, ACL="public-read")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{with_acls}/*",
            }
        ],
    }
    with refused("AccessDenied", 403):
        s3.put_bucket_policy(Bucket=with_acls, Policy=json.dumps(policy))
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        s3.get_public_access_block(Bucket=with_acls)  # the bucket has none of its own
    control.delete_public_access_block(AccountId=ACCOUNT)
    assert anonymous.get_object(Bucket=with_acls, Key="k")


def test_another_account_s_is_refused(control, refused):
    with refused("AccessDenied", 403):
        control.put_public_access_block(AccountId=OTHER, PublicAccessBlockConfiguration=ALL)


def test_a_bucket_may_have_the_name_of_a_version(s3, control):
    s3.create_bucket(Bucket="v20180820")
    s3.put_object(Bucket="v20180820", Key="configuration/publicAccessBlock", Body=b"mine")
    found = s3.get_object(Bucket="v20180820", Key="configuration/publicAccessBlock")
    assert found["Body"].read() == b"mine"
