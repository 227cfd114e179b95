"""ValidatePolicy as boto3 sees it.

Oracle: "IAM policy validation check reference" (IAM User Guide), for codes, kinds and sentences; aws-cli's example of
`accessanalyzer validate-policy`, for paths and spans.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.principals import Client, allow, user
from tests.support.refusals import refusal

# The document of aws-cli's example.
EXAMPLE = """{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "",
            "Effect": "Allow",
            "Principal": {
                "Federated": "cognito-identity.amazonaws.com"
            },
            "Action": [
                "sts:AssumeRole",
                "sts:TagSession"
            ],
            "Condition": {
                "StringEquals": {
                    "cognito-identity.amazonaws.com:aud": "us-west-2_EXAMPLE"
                }
            }
        }
    ]
}"""
PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"


@pytest.fixture
def validate(client: Client) -> Any:
    """`validate(policy, type)`: the findings."""

    def call(policy: Any, kind: str = "IDENTITY_POLICY", **more: Any) -> list[dict[str, Any]]:
        text = policy if isinstance(policy, str) else json.dumps(policy)
        return client("accessanalyzer").validate_policy(policyDocument=text, policyType=kind, **more)[
            "findings"
        ]

    return call


def test_the_example_of_aws(validate: Any) -> None:
    sid, mismatch = validate(EXAMPLE, "RESOURCE_POLICY")
    assert sid == {
        "findingDetails": "Add a value to the empty string in the Sid element.",
        "findingType": "SUGGESTION",
        "issueCode": "EMPTY_SID_VALUE",
        "learnMoreLink": f"{PAGE}#access-analyzer-reference-policy-checks-suggestion-empty-sid-value",
        "locations": [
            {
                "path": [{"value": "Statement"}, {"index": 0}, {"value": "Sid"}],
                "span": {
                    "start": {"line": 5, "column": 19, "offset": 79},
                    "end": {"line": 5, "column": 21, "offset": 81},
                },
            }
        ],
    }
    assert mismatch["issueCode"] == "MISMATCHED_ACTION_FOR_PRINCIPAL"
    assert mismatch["findingDetails"] == (
        "The sts:AssumeRole action is invalid with the following principal(s): cognito-identity.amazonaws.com. Use a "
        "SAML provider principal with the sts:AssumeRoleWithSAML action or use an OIDC provider principal with the "
        "sts:AssumeRoleWithWebIdentity action. Ensure the provider is Federated if you use either of the two options."
    )
    action, principal = mismatch["locations"]
    assert action["path"] == [{"value": "Statement"}, {"index": 0}, {"value": "Action"}, {"index": 0}]
    assert action["span"]["start"] == {"line": 11, "column": 16, "offset": 258}
    assert action["span"]["end"] == {"line": 11, "column": 32, "offset": 274}
    assert principal["span"]["start"] == {"line": 8, "column": 29, "offset": 170}
    assert principal["span"]["end"] == {"line": 8, "column": 61, "offset": 202}


def test_a_policy_without_faults(validate: Any) -> None:
    statement = {"Sid": "read", **allow("s3:GetObject", "arn:aws:s3:::data/*")}
    assert validate({"Version": "2012-10-17", "Statement": [statement]}) == []


def test_everything_is_allowed(validate: Any) -> None:
    """The reference names AdministratorAccess among the policies with these findings."""
    found = validate({"Version": "2012-10-17", "Statement": allow("*")})
    assert [(one["findingType"], one["issueCode"]) for one in found] == [
        ("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"),
        ("WARNING", "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE"),
    ]
    assert found[0]["findingDetails"] == (
        "Using wildcards (*) in the action and the resource can be overly permissive because it allows iam:PassRole "
        "permissions on all resources. We recommend that you specify resource ARNs or add the iam:PassedToService "
        "condition key to your statement."
    )
    assert [place["path"] for place in found[0]["locations"]] == [
        [{"value": "Statement"}, {"value": "Action"}],
        [{"value": "Statement"}, {"value": "Resource"}],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a":1,}',
        "[1 2]",
        '{"a":01}',
        '{"a":NaN}',
        "{'a':1}",
        '{"a":"\n"}',
        '{"\\ud800":1}',
        '{"a":1e999}',
        "[" * 99,
    ],
)
def test_what_is_no_json(validate: Any, text: str) -> None:
    (found,) = validate(text or " ")
    assert (found["findingType"], found["issueCode"]) == ("ERROR", "JSON_SYNTAX_ERROR")


def test_where_json_ends_to_be_json(validate: Any) -> None:
    (found,) = validate('{"Version":\n  2012-10-17}')
    assert found["findingDetails"] == "Fix the JSON syntax error at index 18 line 2 column 6."
    assert found["locations"][0]["span"]["start"] == {"line": 2, "column": 6, "offset": 18}


def test_pages(client: Client, validate: Any) -> None:
    text = json.dumps({"Statement": [{"Effect": "Allow"}, {"Effect": "Maybe"}]})
    whole = validate(text)
    assert len(whole) == 6
    pages = (
        client("accessanalyzer")
        .get_paginator("validate_policy")
        .paginate(policyDocument=text, policyType="IDENTITY_POLICY", PaginationConfig={"PageSize": 4})
    )
    sizes = [page["findings"] for page in pages]
    assert [len(page) for page in sizes] == [4, 2]
    assert [one for page in sizes for one in page] == whole
    wrong = client("accessanalyzer").validate_policy
    code, _ = refusal(lambda: wrong(policyDocument=text, policyType="IDENTITY_POLICY", nextToken="token"))
    assert code == "ValidationException"


def test_what_is_not_there(validate: Any) -> None:
    for more in ({"locale": "DE"}, {"kind": "RESOURCE_CONTROL_POLICY"}):
        assert refusal(lambda more=more: validate("{}", **more))[0] == "NotImplemented"
    assert refusal(lambda: validate("{}" + " " * 70_000))[0] == "ValidationException"


def test_other_operations_are_not_there(client: Client) -> None:
    assert refusal(client("accessanalyzer").list_analyzers)[0] == "NotImplemented"


def test_who_may(client: Client) -> None:
    """Service Authorization Reference: access-analyzer:ValidatePolicy, about no resource."""
    ann = client("accessanalyzer", **user(client, "ann", allow("access-analyzer:ValidatePolicy")))
    assert ann.validate_policy(policyDocument="{}", policyType="IDENTITY_POLICY")["findings"]
    bob = client("accessanalyzer", **user(client, "bob"))
    code, _ = refusal(lambda: bob.validate_policy(policyDocument="{}", policyType="IDENTITY_POLICY"))
    assert code == "AccessDeniedException"


def test_a_large_policy_takes_no_longer_than_a_call_may(validate: Any) -> None:
    patterns = [f"s{n % 7}*:a*{n}*b*" for n in range(3_000)]
    document = {"Version": "2012-10-17", "Statement": allow(patterns)}
    text = json.dumps(document)
    assert len(text) < 65_536
    assert len(validate(text)) == 100  # a page
