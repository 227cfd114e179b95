"""Managed policies and their versions, as boto3 sees them. Oracle: recorded answers and the API reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.iam.conftest import FULL, READ_S3, make
from tests.support.refusals import error_of

ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}:policy/p"


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    return client("iam")


def test_a_policy_lives_as_recorded(iam: Any) -> None:
    """Recorded: role_attach_policy."""
    policy = iam.create_policy(PolicyName="p", PolicyDocument=READ_S3)["Policy"]
    assert policy["Arn"] == ARN
    assert set(policy) == {
        "Arn", "AttachmentCount", "CreateDate", "DefaultVersionId", "IsAttachable", "Path",
        "PermissionsBoundaryUsageCount", "PolicyId", "PolicyName", "UpdateDate",
    }  # fmt: skip
    assert policy["DefaultVersionId"] == "v1"
    taken = error_of(lambda: iam.create_policy(PolicyName="P", PolicyDocument=READ_S3))
    assert taken == (
        "EntityAlreadyExists",
        "A policy called P already exists. Duplicate names are not allowed.",
        409,
    )
    iam.delete_policy(PolicyArn=ARN)
    gone = ("NoSuchEntity", f"Policy {ARN} was not found.", 404)
    assert error_of(lambda: iam.delete_policy(PolicyArn=ARN)) == gone  # recorded: delete_non_existent_policy
    assert error_of(lambda: iam.get_policy(PolicyArn=ARN)) == gone


def test_versions(iam: Any) -> None:
    iam.create_policy(PolicyName="p", PolicyDocument=READ_S3)
    write = READ_S3.replace("s3:Get*", "s3:Put*")
    for number in range(2, 6):
        version = iam.create_policy_version(PolicyArn=ARN, PolicyDocument=write, SetAsDefault=number == 3)
        assert version["PolicyVersion"]["VersionId"] == f"v{number}"
    full = error_of(lambda: iam.create_policy_version(PolicyArn=ARN, PolicyDocument=write))
    assert full[0] == "LimitExceeded"
    assert iam.get_policy(PolicyArn=ARN)["Policy"]["DefaultVersionId"] == "v3"
    listed = iam.list_policy_versions(PolicyArn=ARN)["Versions"]
    assert [v["VersionId"] for v in listed] == ["v5", "v4", "v3", "v2", "v1"]
    assert [v["VersionId"] for v in listed if v["IsDefaultVersion"]] == ["v3"]
    got = iam.get_policy_version(PolicyArn=ARN, VersionId="v2")["PolicyVersion"]
    assert got["Document"] == json.loads(write)
    refused = error_of(lambda: iam.delete_policy_version(PolicyArn=ARN, VersionId="v3"))
    assert refused == ("DeleteConflict", "Cannot delete the default version of a policy.", 409)
    iam.set_default_policy_version(PolicyArn=ARN, VersionId="v1")
    for number in range(2, 6):
        iam.delete_policy_version(PolicyArn=ARN, VersionId=f"v{number}")
    again = iam.create_policy_version(PolicyArn=ARN, PolicyDocument=write)
    assert again["PolicyVersion"]["VersionId"] == "v6"  # numbers are not used twice
    assert error_of(lambda: iam.delete_policy(PolicyArn=ARN))[0] == "DeleteConflict"


def test_a_policy_in_use_stays(iam: Any) -> None:
    iam.create_policy(PolicyName="p", PolicyDocument=READ_S3)
    make(iam)
    iam.attach_role_policy(RoleName="work", PolicyArn=ARN)
    assert iam.get_policy(PolicyArn=ARN)["Policy"]["AttachmentCount"] == 1
    in_use = error_of(lambda: iam.delete_policy(PolicyArn=ARN))
    assert in_use == ("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    holders = iam.list_entities_for_policy(PolicyArn=ARN)
    assert [r["RoleName"] for r in holders["PolicyRoles"]] == ["work"]
    assert holders["PolicyUsers"] == []


def test_policies_that_aws_manages(iam: Any) -> None:
    policy = iam.get_policy(PolicyArn=FULL)["Policy"]
    assert policy["PolicyName"] == "AmazonSageMakerFullAccess"
    version = iam.get_policy_version(PolicyArn=FULL, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    passing = [s for s in version["Document"]["Statement"] if s["Action"] == "iam:PassRole"]
    assert all("iam:PassedToService" in s["Condition"]["StringEquals"] for s in passing)
    assert error_of(lambda: iam.delete_policy(PolicyArn=FULL))[0] == "AccessDenied"
    names = {
        policy["PolicyName"]
        for page in iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 7})
        for policy in page["Policies"]
    }
    assert {"AdministratorAccess", "AmazonS3FullAccess", "AWSLambda_FullAccess", "ReadOnlyAccess"} <= names


def test_listing_only_what_is_attached(iam: Any) -> None:
    iam.create_policy(PolicyName="p", PolicyDocument=READ_S3)
    assert iam.list_policies(OnlyAttached=True)["Policies"] == []
    make(iam)
    iam.attach_role_policy(RoleName="work", PolicyArn=FULL)
    assert [p["Arn"] for p in iam.list_policies(OnlyAttached=True)["Policies"]] == [FULL]
    assert [p["Arn"] for p in iam.list_policies(Scope="Local")["Policies"]] == [ARN]


def test_a_policy_may_not_be_too_long(iam: Any) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + "x" * 1000}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement] * 7})
    refused = error_of(lambda: iam.create_policy(PolicyName="p", PolicyDocument=text))
    assert refused == ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409)


def test_tags_of_a_policy(iam: Any) -> None:
    iam.create_policy(PolicyName="p", PolicyDocument=READ_S3, Tags=[{"Key": "a", "Value": "b"}])
    iam.tag_policy(PolicyArn=ARN, Tags=[{"Key": "c", "Value": "d"}])
    iam.untag_policy(PolicyArn=ARN, TagKeys=["a"])
    assert iam.list_policy_tags(PolicyArn=ARN)["Tags"] == [{"Key": "c", "Value": "d"}]
