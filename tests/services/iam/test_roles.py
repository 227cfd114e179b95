"""Roles, as boto3 sees them. Oracle: recorded answers of IAM (localstack's snapshots) and the API reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.iam.conftest import FULL, READ_S3, make
from tests.support.principals import TRUST
from tests.support.refusals import error_of

ACCOUNT = "111122223333"


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    return client("iam")


def test_a_role_lives_as_recorded(iam: Any) -> None:
    """Recorded: role_with_path_lifecycle."""
    created = make(iam, Path="/team/ml/")
    assert created["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/team/ml/work"
    assert created["RoleId"].startswith("AROA")
    assert len(created["RoleId"]) == 21
    assert created["AssumeRolePolicyDocument"] == TRUST
    assert set(created) == {"Arn", "AssumeRolePolicyDocument", "CreateDate", "Path", "RoleId", "RoleName"}
    got = iam.get_role(RoleName="work")["Role"]
    assert got == created | {"MaxSessionDuration": 3600, "RoleLastUsed": {}}
    iam.delete_role(RoleName="work")
    assert error_of(lambda: iam.get_role(RoleName="work")) == (
        "NoSuchEntity",
        "The role with name work cannot be found.",
        404,
    )


def test_names_are_unique_whatever_their_case(iam: Any) -> None:
    make(iam, "Work")
    assert error_of(lambda: make(iam, "wORK")) == (
        "EntityAlreadyExists",
        "Role with name wORK already exists.",
        409,
    )
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        make(iam, "Work")
    assert iam.get_role(RoleName="WORK")["Role"]["RoleName"] == "Work"


def test_a_trust_policy_must_be_one(iam: Any) -> None:
    """Recorded: create_role_with_malformed_assume_role_policy_document."""
    refused = error_of(lambda: iam.create_role(RoleName="x", AssumeRolePolicyDocument='{"malformed"}'))
    assert refused == ("MalformedPolicyDocument", "This policy contains invalid Json", 400)


def test_a_trust_policy_may_not_name_a_user_that_is_not_there(iam: Any) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/ghost"
    trust = json.dumps(TRUST).replace('{"Service": "sagemaker.amazonaws.com"}', json.dumps({"AWS": arn}))
    refused = error_of(lambda: iam.create_role(RoleName="x", AssumeRolePolicyDocument=trust))
    assert refused == ("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{arn}"', 400)
    iam.create_user(UserName="ghost")
    iam.create_role(RoleName="x", AssumeRolePolicyDocument=trust)


def test_the_sdk_makes_its_default_role(iam: Any) -> None:
    """What get_execution_role(use_default=True) does: look, create, attach, look again."""
    name = "AmazonSageMaker-DefaultRole"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=name)
    make(iam, name)
    iam.attach_role_policy(RoleName=name, PolicyArn=FULL)
    iam.attach_role_policy(RoleName=name, PolicyArn=FULL)  # once more is no error
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached == [{"PolicyName": "AmazonSageMakerFullAccess", "PolicyArn": FULL}]


def test_attaching_what_is_no_policy(iam: Any) -> None:
    """Recorded: role_attach_policy."""
    make(iam)

    def attach(arn: str) -> tuple[str, str, int]:
        return error_of(lambda: iam.attach_role_policy(RoleName="work", PolicyArn=arn))

    assert attach("longpolicynamebutnoarn") == ("ValidationError", "Invalid ARN:  Could not be parsed!", 400)
    arn = f"arn:aws:iam::{ACCOUNT}:policy/not-there"
    assert attach(arn) == ("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)


def test_detaching_what_was_not_attached(iam: Any) -> None:
    make(iam)
    refused = error_of(lambda: iam.detach_role_policy(RoleName="work", PolicyArn=FULL))
    assert refused == ("NoSuchEntity", f"Policy {FULL} was not found.", 404)


def test_a_role_that_holds_something_stays(iam: Any) -> None:
    make(iam)
    iam.attach_role_policy(RoleName="work", PolicyArn=FULL)
    iam.put_role_policy(RoleName="work", PolicyName="p", PolicyDocument=READ_S3)
    iam.create_instance_profile(InstanceProfileName="machine")
    iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="work")

    def delete() -> tuple[str, str, int]:
        return error_of(lambda: iam.delete_role(RoleName="work"))

    must = "Cannot delete entity, must "
    assert delete() == ("DeleteConflict", must + "remove roles from instance profile first.", 409)
    iam.remove_role_from_instance_profile(InstanceProfileName="machine", RoleName="work")
    assert delete() == ("DeleteConflict", must + "detach all policies first.", 409)
    iam.detach_role_policy(RoleName="work", PolicyArn=FULL)
    assert delete() == ("DeleteConflict", must + "delete policies first.", 409)
    iam.delete_role_policy(RoleName="work", PolicyName="p")
    iam.delete_role(RoleName="work")


def test_inline_policies(iam: Any) -> None:
    """Recorded: put_role_policy_encoding: percent signs in a document are kept."""
    make(iam)
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["apigatway:PUT"],
                "Resource": ["arn:aws:apigateway:us-east-1::/tags/a%3Ab"],
            }
        ],
    }
    iam.put_role_policy(RoleName="work", PolicyName="p", PolicyDocument=json.dumps(document))
    assert iam.get_role_policy(RoleName="work", PolicyName="p")["PolicyDocument"] == document
    assert iam.list_role_policies(RoleName="work")["PolicyNames"] == ["p"]
    refused = error_of(lambda: iam.get_role_policy(RoleName="work", PolicyName="q"))
    assert refused == ("NoSuchEntity", "The role policy with name q cannot be found.", 404)
    bad = error_of(lambda: iam.put_role_policy(RoleName="work", PolicyName="p", PolicyDocument="no"))
    assert bad == ("MalformedPolicyDocument", "Syntax errors in policy.", 400)


def test_listing_by_path_and_in_pages(iam: Any) -> None:
    for number in range(5):
        make(iam, f"r{number}", Path="/a/" if number < 3 else "/b/")
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix="/b/")["Roles"]] == ["r3", "r4"]
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2}))
    assert [[r["RoleName"] for r in page["Roles"]] for page in pages] == [["r0", "r1"], ["r2", "r3"], ["r4"]]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert error_of(lambda: iam.list_roles(Marker="bogus"))[0] == "ValidationError"


def test_updating_a_role(iam: Any) -> None:
    make(iam, Description="one")
    iam.update_role(RoleName="work", Description="two", MaxSessionDuration=7200)
    role = iam.get_role(RoleName="work")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("two", 7200)
    other = json.loads(json.dumps(TRUST).replace("sagemaker.", "lambda."))
    iam.update_assume_role_policy(RoleName="work", PolicyDocument=json.dumps(other))
    assert iam.get_role(RoleName="work")["Role"]["AssumeRolePolicyDocument"] == other


def test_what_nothing_acts_on_is_refused_by_name(iam: Any) -> None:
    """There is no console to sign in to."""
    refused = error_of(lambda: make(iam, MaxSigninSessionDuration=7200))
    assert refused == (
        "NotImplemented",
        "Clary does not implement iam:CreateRole with MaxSigninSessionDuration.",
        501,
    )
    make(iam)
    assert error_of(lambda: iam.update_role(RoleName="work", ResetMaxSigninSessionDuration=True))[2] == 501
    iam.update_role(RoleName="work", ResetMaxSigninSessionDuration=False)
    simulation = {"PolicyInputList": [READ_S3], "ActionNames": ["s3:GetObject"]}
    refused = error_of(lambda: iam.simulate_custom_policy(**simulation, ResourceHandlingOption="EC2-VPC"))
    assert refused[2] == 501


def test_tags_of_a_role(iam: Any) -> None:
    make(iam, Tags=[{"Key": "Team", "Value": "a"}])
    iam.tag_role(RoleName="work", Tags=[{"Key": "team", "Value": "b"}, {"Key": "x", "Value": ""}])
    assert iam.list_role_tags(RoleName="work")["Tags"] == [
        {"Key": "team", "Value": "b"},
        {"Key": "x", "Value": ""},
    ]
    iam.untag_role(RoleName="work", TagKeys=["TEAM"])
    assert iam.get_role(RoleName="work")["Role"]["Tags"] == [{"Key": "x", "Value": ""}]
    twice = [{"Key": "k", "Value": "1"}, {"Key": "K", "Value": "2"}]
    assert error_of(lambda: iam.tag_role(RoleName="work", Tags=twice))[0] == "InvalidInput"
    iam.delete_role(RoleName="work")
    make(iam)
    assert "Tags" not in iam.get_role(RoleName="work")["Role"]


def test_a_boundary_is_shown_and_counted(iam: Any) -> None:
    """Recorded: list_roles_with_permission_boundary: lists do not show it."""
    arn = iam.create_policy(PolicyName="edge", PolicyDocument=READ_S3)["Policy"]["Arn"]
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}  # iam-user-guide#82
    assert make(iam, PermissionsBoundary=arn)["PermissionsBoundary"] == boundary
    assert iam.get_role(RoleName="work")["Role"]["PermissionsBoundary"] == boundary
    [detail] = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    assert detail["PermissionsBoundary"] == boundary
    assert "PermissionsBoundary" not in iam.list_roles()["Roles"][0]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    iam.delete_role_permissions_boundary(RoleName="work")
    assert "PermissionsBoundary" not in iam.get_role(RoleName="work")["Role"]


def test_service_linked_roles(iam: Any) -> None:
    """Recorded: service_role_lifecycle, service_role_lifecycle_custom_suffix_not_allowed."""
    service = "sagemaker.application-autoscaling.amazonaws.com"
    role = iam.create_service_linked_role(AWSServiceName=service, Description="scales")["Role"]
    # aws-cli's example of create-service-linked-role has neither of the two that GetRole shows.
    assert not {"Description", "MaxSessionDuration"} & set(role)
    name = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    assert iam.get_role(RoleName=name)["Role"]["Description"] == "scales"
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/{name}"
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached[0]["PolicyArn"].startswith("arn:aws:iam::aws:policy/aws-service-role/")
    assert error_of(lambda: iam.delete_role(RoleName=name))[0] == "UnmodifiableEntity"
    suffixed = error_of(lambda: iam.create_service_linked_role(AWSServiceName=service, CustomSuffix="x"))
    assert suffixed == ("InvalidInput", f"Custom suffix is not allowed for {service}", 400)
    # Nor by nearly all others; what a service's own role may do is known here of the services that are here.
    suffixed = error_of(
        lambda: iam.create_service_linked_role(AWSServiceName="eks.amazonaws.com", CustomSuffix="x")
    )
    assert suffixed == ("InvalidInput", "Custom suffix is not allowed for eks.amazonaws.com", 400)
    absent = error_of(
        lambda: iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="x")
    )
    assert absent[::2] == ("NotImplemented", 501)
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=name)
