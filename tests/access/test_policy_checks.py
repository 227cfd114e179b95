"""What is a policy and what is not, in IAM's sentences (the recorded one is named; the others are those that IAM's
users quote from CreatePolicy and CreateRole)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clary.access.policy_checks import check_identity_policy, check_resource_policy, check_trust_policy
from clary.kernel import AwsError
from clary.services.iam import aws_managed_policies

GOOD = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}


def policy(statement: Any, version: str = "2012-10-17", **more: Any) -> str:
    return json.dumps({"Version": version, "Statement": statement, **more})


def in_aws(text: str) -> None:
    check_identity_policy(text, "aws")


def refusal(check: Any, text: str) -> str:
    with pytest.raises(AwsError) as caught:
        check(text)
    assert caught.value.code == "MalformedPolicyDocument"
    assert caught.value.status == 400
    return caught.value.message


@pytest.mark.parametrize(
    "statement",
    [
        GOOD,
        [GOOD, {**GOOD, "Sid": "Two"}],
        {**GOOD, "Action": ["s3:*", "*"], "Resource": ["*"]},
        {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b/${aws:username}"},
        {**GOOD, "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]}}},
        {**GOOD, "Condition": {"NumericLessThan": {"s3:max-keys": 10}, "Null": {"aws:x": True}}},
        {**GOOD, "Sid": ""},
    ],
)
def test_policies(statement: Any) -> None:
    check_identity_policy(policy(statement), "aws")


def test_every_policy_of_ours_is_one() -> None:
    for partition in ("aws", "aws-cn", "aws-us-gov"):
        for arn, managed in aws_managed_policies.policies(partition).items():
            assert arn.startswith(f"arn:{partition}:iam::aws:policy/")
            check_identity_policy(managed.document, partition)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("This is no JSON", "Syntax errors in policy."),
        ("[]", "Syntax errors in policy."),
        (policy(GOOD, version="2013-10-17"), "Syntax errors in policy."),
        (policy(GOOD, version="2008-10-17"), "Policy document must be version 2012-10-17 or greater."),
        (json.dumps({"Statement": GOOD}), "Policy document must be version 2012-10-17 or greater."),
        (json.dumps({"Version": "2012-10-17"}), "Syntax errors in policy."),
        (policy([]), "Syntax errors in policy."),
        (policy(["x"]), "Syntax errors in policy."),
        (policy(GOOD, Extra=1), "Syntax errors in policy."),
        (policy({**GOOD, "Extra": 1}), "Syntax errors in policy."),
        (policy({**GOOD, "Effect": "allow"}), "Syntax errors in policy."),
        (policy({**GOOD, "NotResource": "*"}), "Syntax errors in policy."),
        (policy({**GOOD, "Action": 1}), "Syntax errors in policy."),
        (policy({**GOOD, "Condition": {"a": {"b": "c"}}}), "Syntax errors in policy."),
        (policy({**GOOD, "Condition": {"StringEquals": {"b": {}}}}), "Syntax errors in policy."),
        (policy({**GOOD, "Condition": {"StringEquals": {"b": []}}}), "Syntax errors in policy."),
        (policy({**GOOD, "Condition": {"StringEquals": {}}}), "Syntax errors in policy."),
        (policy({**GOOD, "Condition": []}), "Syntax errors in policy."),
        (
            policy({"Effect": "Allow", "NotAction": [], "Resource": "*"}),
            "Policy statement must contain actions.",
        ),
        (
            policy({"Effect": "Allow", "Action": "s3:*", "NotResource": []}),
            "Policy statement must contain resources.",
        ),
        ('{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', "Syntax errors in policy."),
        (policy({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
        (policy({"Effect": "Allow", "Action": "s3:*"}), "Policy statement must contain resources."),
        (policy({**GOOD, "Resource": []}), "Policy statement must contain resources."),
        (policy({**GOOD, "Principal": "*"}), "Policy document should not specify a principal."),
        (
            policy({**GOOD, "Action": "ListBucket"}),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (policy({**GOOD, "Action": "a:b:c"}), "Actions/Condition can contain only one colon."),
        (policy({**GOOD, "Action": "a a:b"}), "Vendor a a is not valid"),
        (policy({**GOOD, "Resource": "bucket"}), 'Resource bucket must be in ARN format or "*".'),
        (
            policy({**GOOD, "Resource": "arn:x:s3:::b"}),
            'Partition "x" is not valid for resource "arn:x:s3:::b".',
        ),
        (
            policy({**GOOD, "Resource": "arn:aws-cn:s3:::b"}),
            'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::b".',
        ),
        (
            policy({**GOOD, "Resource": "arn:aws:s3:us-east-1::b"}),
            "Resource arn:aws:s3:us-east-1::b can not contain region information.",
        ),
        (
            policy([{**GOOD, "Sid": "A"}, {**GOOD, "Sid": "A"}]),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
    ],
)
def test_what_is_no_policy(text: str, sentence: str) -> None:
    assert refusal(in_aws, text) == sentence


def test_a_deeply_nested_document_is_refused() -> None:
    assert refusal(in_aws, "[" * 100_000) == "Syntax errors in policy."


def test_each_partition_has_policies_of_its_own() -> None:
    foreign = policy({**GOOD, "Resource": "arn:aws-cn:s3:::b"})
    check_identity_policy(foreign, "aws-cn")
    check_identity_policy(policy({**GOOD, "Resource": "arn:*:s3:::b"}), "aws-cn")


@pytest.mark.parametrize("missing", ["Principal", "Action", "Resource"])
def test_a_resource_policy_says_who_may_do_what_on_what(missing: str) -> None:
    statement = {**GOOD, "Principal": "*"}
    check_resource_policy(policy(statement))
    del statement[missing]
    assert refusal(check_resource_policy, policy(statement)) == "Syntax errors in policy."


@pytest.mark.parametrize(
    "statement",
    [
        TRUST,
        {**TRUST, "Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:root"]}},
        {**TRUST, "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": "*"},
        {**TRUST, "Condition": {"StringEquals": {"sts:ExternalId": "x"}}},
    ],
)
def test_trust_policies(statement: Any) -> None:
    check_trust_policy(policy(statement))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "no json",
            "This policy contains invalid Json",
        ),  # recorded: create_role_with_malformed_assume_role_policy
        (policy({**TRUST, "Resource": "*"}), "Has prohibited field Resource"),
        (policy({"Effect": "Allow", "Action": "sts:AssumeRole"}), "Missing required field Principal"),
        (policy({"Effect": "Allow", "Principal": "*"}), "Missing required field Action"),
        (
            policy({**TRUST, "Action": "s3:GetObject"}),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (policy({**TRUST, "Principal": {"AWS": "ann"}}), 'Invalid principal in policy: "AWS":"ann"'),
        (policy({**TRUST, "Principal": {"People": "ann"}}), "Syntax errors in policy."),
        # "You cannot use a wildcard to match part of a principal name or ARN" (AWS JSON policy elements: Principal).
        (
            policy({**TRUST, "Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}}),
            'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*"',
        ),
        (policy({**TRUST, "Principal": {"Service": "*"}}), 'Invalid principal in policy: "Service":"*"'),
        (policy({**TRUST, "Principal": "111122223333"}), "Syntax errors in policy."),
        (policy({**TRUST, "Principal": {"AWS": []}}), "Syntax errors in policy."),
        (
            policy({"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}),
            "Has prohibited field NotPrincipal",
        ),
        (policy({"Principal": "*", "Action": "sts:AssumeRole"}), "Missing required field Effect"),
        (policy({**TRUST, "Condition": {"StringEquals": {}}}), "Syntax errors in policy."),
    ],
)
def test_what_is_no_trust_policy(text: str, sentence: str) -> None:
    assert refusal(check_trust_policy, text) == sentence
