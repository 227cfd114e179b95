"""The policy simulator, as the SageMaker SDK and boto3 call it. Oracle: recorded answers and the API reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.services.iam.statement_positions import statement_spans
from tests.services.iam.conftest import FULL, READ_S3, make
from tests.support.refusals import error_of

ACCOUNT = "111122223333"


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    return client("iam")


def test_a_simulation_answers_as_recorded(iam: Any) -> None:
    """Recorded: simulate_principle_policy[user], whose policy document was this very text."""
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Sid": "", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"},
        }
    )
    policy = iam.create_policy(PolicyName="p", PolicyDocument=text)["Policy"]["Arn"]
    user = iam.create_user(UserName="ann")["User"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    answer = iam.simulate_principal_policy(
        PolicySourceArn=user,
        ActionNames=["s3:PutObject", "s3:GetObjectVersion"],
        ResourceArns=["arn:aws:s3:::bucket"],
    )
    put, get = answer["EvaluationResults"]
    matched = [
        {
            "SourcePolicyId": "p",
            "SourcePolicyType": "IAM Policy",
            "StartPosition": {"Line": 1, "Column": 41},
            "EndPosition": {"Line": 1, "Column": 113},
        }
    ]
    assert put == {
        "EvalActionName": "s3:PutObject",
        "EvalResourceName": "arn:aws:s3:::bucket",
        "EvalDecision": "allowed",
        "EvalDecisionDetails": {},
        "MatchedStatements": matched,
        "MissingContextValues": [],
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": True},
        "ResourceSpecificResults": [
            {
                "EvalResourceName": "arn:aws:s3:::bucket",
                "EvalResourceDecision": "allowed",
                "MatchedStatements": matched,
                "MissingContextValues": [],
            }
        ],
    }
    assert get["EvalDecision"] == "implicitDeny"
    assert get["MatchedStatements"] == []
    assert answer["IsTruncated"] is False


def test_what_the_sdk_asks_before_training(iam: Any) -> None:
    """The v3 SDK asks for s3:PutObject on the default bucket, and through the paginator for actions on `*`."""
    role = make(iam)["Arn"]
    iam.attach_role_policy(RoleName="work", PolicyArn=FULL)

    def decisions(actions: list[str], *resources: str) -> list[str]:
        more = {"ResourceArns": list(resources)} if resources else {}
        pages = iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=role, ActionNames=actions, PaginationConfig={"PageSize": 1}, **more
        )
        return [result["EvalDecision"] for page in pages for result in page["EvaluationResults"]]

    assert decisions(["s3:PutObject"], f"arn:aws:s3:::sagemaker-us-east-1-{ACCOUNT}/*") == ["allowed"]
    assert decisions(["s3:PutObject"], "arn:aws:s3:::my-own/*") == ["implicitDeny"]
    smoke = ["sagemaker:CreateTrainingJob", "logs:CreateLogGroup", "s3:ListBucket", "iam:CreateUser"]
    assert decisions(smoke) == ["allowed", "allowed", "allowed", "implicitDeny"]


def test_denials_boundaries_and_missing_keys(iam: Any) -> None:
    role = make(iam)["Arn"]
    statements = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a", "aws:RequestedRegion": "us-east-1"}},
        },
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName="work", PolicyName="inline", PolicyDocument=text)

    def ask(action: str, **more: Any) -> dict[str, Any]:
        return iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=[action], **more)[
            "EvaluationResults"
        ][0]

    denied = ask("s3:DeleteObject")
    assert denied["EvalDecision"] == "explicitDeny"
    assert denied["MatchedStatements"][0]["SourcePolicyId"] == "role_work_inline"
    unknown = ask("sqs:SendMessage")
    assert unknown["EvalDecision"] == "implicitDeny"
    assert unknown["MissingContextValues"] == ["aws:PrincipalTag/team", "aws:RequestedRegion"]
    entries = [
        {"ContextKeyName": "aws:PrincipalTag/team", "ContextKeyValues": ["a"], "ContextKeyType": "string"},
        {
            "ContextKeyName": "aws:requestedregion",
            "ContextKeyValues": ["us-east-1"],
            "ContextKeyType": "string",
        },
    ]
    assert ask("sqs:SendMessage", ContextEntries=entries)["EvalDecision"] == "allowed"
    bounded = ask("s3:PutObject", PermissionsBoundaryPolicyInputList=[READ_S3])
    assert bounded["EvalDecision"] == "implicitDeny"
    assert bounded["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}


def test_simulating_policies_of_nobody(iam: Any) -> None:
    answer = iam.simulate_custom_policy(
        PolicyInputList=[READ_S3], ActionNames=["s3:GetObject", "s3:PutObject"]
    )
    results = answer["EvaluationResults"]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]
    assert results[0]["MatchedStatements"][0]["SourcePolicyId"] == "PolicyInputList.1"


def test_a_group_counts_for_its_users(iam: Any) -> None:
    user = iam.create_user(UserName="ann")["User"]["Arn"]
    iam.create_group(GroupName="g")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=READ_S3)
    iam.add_user_to_group(GroupName="g", UserName="ann")
    result = iam.simulate_principal_policy(PolicySourceArn=user, ActionNames=["s3:GetObject"])
    assert result["EvaluationResults"][0]["EvalDecision"] == "allowed"


def test_what_cannot_be_simulated(iam: Any) -> None:
    def refusal(arn: str, action: str = "s3:GetObject") -> tuple[str, str, int]:
        return error_of(lambda: iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action]))

    ghost = f"arn:aws:iam::{ACCOUNT}:role/ghost"
    assert refusal(ghost) == ("NoSuchEntity", "The role with name ghost cannot be found.", 404)
    assert refusal(FULL)[0] == "InvalidInput"
    role = make(iam)["Arn"]
    assert refusal(role, "GetObject")[0] == "InvalidInput"
    for member in ("CallerArn", "ResourceOwner"):
        request = {"PolicySourceArn": role, "ActionNames": ["s3:GetObject"], member: "no-arn-at-all-but-long"}
        said = error_of(lambda request=request: iam.simulate_principal_policy(**request))
        assert said == ("InvalidInput", "Invalid Entity Arn: no-arn-at-all-but-long", 400)


def test_context_keys(iam: Any) -> None:
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "s3:*",
                    "Resource": "arn:aws:s3:::${aws:username}",
                    "Condition": {"Bool": {"aws:SecureTransport": "true"}},
                }
            ],
        }
    )
    names = iam.get_context_keys_for_custom_policy(PolicyInputList=[text])["ContextKeyNames"]
    assert names == ["aws:SecureTransport", "aws:username"]


def test_positions_are_found_whatever_the_layout() -> None:
    text = '{\n  "Statement": [\n    {"Sid": "a{\\"}", "Condition": {"x": {}}},\n    {\n    }\n  ],\n  "Version": "x"\n}'
    first, second = statement_spans(text)
    assert (first.start, first.end) == ((3, 6), (3, 45))
    assert (second.start, second.end) == ((4, 6), (5, 6))
