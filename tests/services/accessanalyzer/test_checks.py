"""Each check, by a policy that it is about (IAM User Guide, "IAM policy validation check reference")."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clary.services.accessanalyzer.findings import CATALOG
from clary.services.accessanalyzer.validate_policy import findings_of

IDENTITY, RESOURCE, SCP = "IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY"
VERSION = {"Version": "2012-10-17"}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
GRANT = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject"}


def found(policy: Any, kind: str = IDENTITY, about: str = "") -> list[str]:
    """The codes of the findings, in order."""
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return [one["issueCode"] for one in findings_of(text, kind, about)]


def of(*statements: Any, kind: str = IDENTITY, about: str = "") -> list[str]:
    return found({**VERSION, "Statement": list(statements)}, kind, about)


def without(statement: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != name}


ELEMENTS = [
    ({"Version": "2012-10-17"}, ["MISSING_STATEMENT"]),
    ({**VERSION, "Statement": []}, ["MISSING_STATEMENT"]),
    ({"Statement": READ}, ["MISSING_VERSION"]),
    ({"Version": "2020-01-01", "Statement": READ}, ["INVALID_VERSION"]),
    ({"Version": 2012, "Statement": READ}, ["DATA_TYPE_MISMATCH"]),
    ({**VERSION, "Statements": 1, "Statement": READ}, ["INVALID_POLICY_ELEMENT"]),
    ([], ["DATA_TYPE_MISMATCH"]),
    ({**VERSION, "Statement": ["a", READ]}, ["DATA_TYPE_MISMATCH"]),
]


@pytest.mark.parametrize(("policy", "codes"), ELEMENTS)
def test_elements_of_policies(policy: Any, codes: list[str]) -> None:
    assert found(policy) == codes


STATEMENTS = [
    ({**READ, "Effects": "Allow"}, ["INVALID_POLICY_ELEMENT"]),
    (without(READ, "Effect"), ["MISSING_EFFECT"]),
    ({**READ, "Effect": "allow"}, ["INVALID_EFFECT"]),
    ({**READ, "Effect": True}, ["DATA_TYPE_MISMATCH"]),
    (without(READ, "Action"), ["MISSING_ACTION"]),
    (without(READ, "Resource"), ["MISSING_RESOURCE"]),
    ({**READ, "NotAction": "s3:PutObject"}, ["UNSUPPORTED_ELEMENT_COMBINATION"]),
    ({**READ, "Action": []}, ["EMPTY_ARRAY_ACTION"]),
    ({**READ, "Resource": []}, ["EMPTY_ARRAY_RESOURCE"]),
    ({**READ, "Action": ["s3:GetObject", 1]}, ["DATA_TYPE_MISMATCH"]),
    ({**READ, "Sid": "a b"}, ["UNSUPPORTED_SID"]),
    ({**READ, "Sid": ""}, ["EMPTY_SID_VALUE"]),
    ({**READ, "Principal": "*"}, ["UNSUPPORTED_PRINCIPAL"]),
    ({**READ, "Action": ["s3:Get*", "s3:GetObject"]}, ["REDUNDANT_ACTION"]),
    ({**READ, "Action": ["s3:GetObject", "S3:getobject"]}, ["REDUNDANT_ACTION"]),
    ({**READ, "Action": ["s3:Get*", "s3:*Object"]}, []),
    ({**READ, "Action": ["s3:Get?bject*", "s3:Get*"]}, ["REDUNDANT_ACTION"]),
    ({**READ, "Action": ["s3:Get?", "s3:Get*"]}, ["REDUNDANT_ACTION"]),
    ({**READ, "Action": "s*:GetObject"}, ["WILDCARD_IN_SERVICE_NAME"]),
]


@pytest.mark.parametrize(("statement", "codes"), STATEMENTS)
def test_elements_of_statements(statement: Any, codes: list[str]) -> None:
    assert of(statement) == codes


def test_statements_together() -> None:
    one = {"Sid": "a", **READ}
    assert of(one, {**one, "Action": "s3:PutObject"}) == ["UNIQUE_SIDS_REQUIRED"]
    assert of({**one, "Resource": [READ["Resource"]]}, {**READ, "Sid": "b"}) == ["REDUNDANT_STATEMENT"]
    same = {"Sid": "a", **GRANT}
    assert of(same, {**same, "Action": "s3:PutObject"}, kind=RESOURCE) == ["UNIQUE_SIDS_RECOMMENDED"]


ROLES = [
    ({"Action": "iam:PassRole", "Resource": "*"}, ["PASS_ROLE_WITH_STAR_IN_RESOURCE"]),
    ({"Action": "iam:passrole", "Resource": "arn:aws:iam::111122223333:role/*"}, ["PASS_ROLE_WITH_STAR_IN_RESOURCE"]),
    ({"Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/Service*"}, []),
    ({"Action": "iam:Pass*", "Resource": "*"}, ["PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"]),
    ({"NotAction": "s3:*", "Resource": "*"}, ["PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION", "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION"]),
    ({"NotAction": "iam:*", "Resource": "*"}, []),
    ({"Action": "iam:PassRole", "NotResource": "arn:aws:iam::*:role/a"}, ["PASS_ROLE_WITH_NOT_RESOURCE"]),
    ({"Action": "iam:Pass*", "NotResource": "arn:aws:iam::*:role/a"}, ["PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE"]),
    ({"NotAction": "iam:Create*", "NotResource": "arn:aws:iam::*:role/a"}, ["PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE"]),
    ({"NotAction": "iam:Pass*", "NotResource": "arn:aws:iam::*:role/a"}, ["CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE"]),
    ({"Action": "iam:CreateServiceLinkedRole", "Resource": "*"}, ["CREATE_SLR_WITH_STAR_IN_RESOURCE"]),
    ({"Action": "iam:CreateServiceLinkedRole", "NotResource": "arn:aws:iam::*:role/a"}, ["CREATE_SLR_WITH_NOT_RESOURCE"]),
    ({"Action": "iam:CreateServiceLinked*", "NotResource": "arn:aws:iam::*:role/a"}, ["CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE"]),
    ({"Action": "iam:CreateServiceLinked*", "Resource": "*"}, ["CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE"]),
    ({"Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "a.b"}}}, []),
    ({"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "codes"), ROLES)
def test_rights_over_roles(statement: Any, codes: list[str]) -> None:
    assert of({"Effect": "Allow", **statement}) == codes


RESOURCES = [
    ("data", ["INVALID_ARN_PREFIX"]),
    ("arn:aws:s3", ["MISSING_ARN_FIELD"]),
    ("arn:aws:s3:*", []),
    ("arn:amazon:s3:::data", ["INVALID_PARTITION"]),
    ("arn:aws:S3:::data", ["INVALID_ARN_SERVICE_CASE"]),
    ("arn:aws:*code*::111122223333:*", ["WILDCARD_IN_SERVICE_NAME"]),
    ("arn:aws:iam:us-east-1:111122223333:role/a", ["ARN_REGION_NOT_ALLOWED"]),
    ("arn:aws:s3:us-east-1::data", ["ARN_REGION_NOT_ALLOWED"]),
    ("arn:aws:s3::111122223333:data", ["ARN_ACCOUNT_NOT_ALLOWED"]),
    ("arn:aws:s3:us-east-1:111122223333:accesspoint/a", []),
    ("arn:aws:sqs:us-east-1:1234:q", ["INVALID_ARN_ACCOUNT"]),
    ("arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:q", []),
    (["arn:aws:s3:::a*", "arn:aws:s3:::ab"], ["REDUNDANT_RESOURCE"]),
    ("arn:aws:s3:::${aws:username}/*", []),
    ("arn:aws:s3:::${aws:username/*", ["MISSING_BRACE_IN_VARIABLE"]),
    ("arn:aws:s3:::${}", ["EMPTY_VARIABLE"]),
    ("arn:aws:s3:::${aws: username}", ["UNSUPPORTED_SPACE_IN_VARIABLE"]),
    ("arn:aws:s3:::${aws:username, 'none'}", []),
    ("arn:aws:s3:::${aws:username, none}", ["MISSING_QUOTE_IN_VARIABLE"]),
    ("arn:aws:s3:::a${*}b", []),
]


@pytest.mark.parametrize(("resource", "codes"), RESOURCES)
def test_resources(resource: Any, codes: list[str]) -> None:
    assert of({**READ, "Resource": resource}) == codes


def test_variables_elsewhere() -> None:
    variable = "arn:aws:s3:::${aws:username}"
    assert of({**READ, "Action": "s3:${aws:username}"}) == ["VARIABLE_UNSUPPORTED_IN_ELEMENT"]
    old = {"Version": "2008-10-17", "Statement": {**READ, "Resource": variable}}
    assert found(old) == ["VARIABLE_UNSUPPORTED_IN_VERSION"]


CONDITIONS = [
    ({}, ["EMPTY_OBJECT_CONDITION"]),
    ([], ["DATA_TYPE_MISMATCH"]),
    ({"StringEquals": {}}, ["EMPTY_OBJECT_CONDITION"]),
    ({"StringIs": {"aws:username": "a"}}, ["INVALID_CONDITION_OPERATOR"]),
    ({"NullIfExists": {"aws:username": "true"}}, ["NULL_WITH_IF_EXISTS"]),
    ({"ForAnyValue:Null": {"aws:TagKeys": "true"}}, ["NULL_WITH_QUALIFIER"]),
    ({"StringEquals": {"username": "a"}}, ["INVALID_CONDITION_KEY_FORMAT"]),
    ({"StringEquals": {"aws:username": "a", "aws:UserName": "b"}}, ["DUPLICATE_KEYS_WITH_DIFFERENT_CASE"]),
    ({"ArnEquals": {"aws:ARN": "arn:aws:iam::111122223333:user/a"}}, ["UNSUPPORTED_GLOBAL_CONDITION_KEY"]),
    ({"StringEquals": {"aws:TagKeys": "a"}}, ["MISSING_QUALIFIER"]),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}, []),
    ({"ForAllValues:StringEquals": {"aws:username": "a"}}, ["FORALLVALUES_WITH_SINGLE_VALUED_KEY"]),
    ({"StringEquals": {"aws:username": []}}, ["EMPTY_ARRAY_CONDITION"]),
    ({"ForAllValues:StringEquals": {"aws:TagKeys": []}}, ["EMPTY_ARRAY_CONDITION_FORALLVALUES"]),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": []}}, ["EMPTY_ARRAY_CONDITION_FORANYVALUE"]),
    ({"StringEqualsIfExists": {"aws:username": []}}, ["EMPTY_ARRAY_CONDITION_IFEXISTS"]),
    ({"StringEquals": {"aws:username": "a*"}}, ["WILDCARD_WITHOUT_LIKE_OPERATOR"]),
    ({"StringLike": {"aws:username": "a*"}}, []),
    ({"StringEquals": {"aws:username": ["a", 1]}}, ["INVALID_CONDITION_DATA_TYPE"]),
    ({"StringEquals": {"aws:username": {"a": 1}}}, ["DATA_TYPE_MISMATCH"]),
    ({"Bool": {"aws:SecureTransport": ["true", "false"]}}, ["INVALID_CONDITION_MULTIPLE_BOOLEAN"]),
    ({"Bool": {"aws:SecureTransport": "yes"}}, ["TYPE_MISMATCH_BOOLEAN"]),
    ({"Bool": {"aws:SecureTransport": True}}, []),
    ({"NumericLessThan": {"aws:MultiFactorAuthAge": "soon"}}, ["TYPE_MISMATCH_NUMBER"]),
    ({"NumericLessThan": {"aws:MultiFactorAuthAge": "${aws:EpochTime}"}}, ["INVALID_VARIABLE_FOR_OPERATOR"]),
    ({"DateLessThan": {"aws:CurrentTime": "tomorrow"}}, ["TYPE_MISMATCH_DATE"]),
    ({"DateLessThan": {"aws:CurrentTime": "1700000000"}}, ["INVALID_DATE_VALUE"]),
    ({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, []),
    ({"BinaryEquals": {"key:a": "?"}}, ["TYPE_MISMATCH_STRING"]),
    ({"IpAddress": {"aws:SourceIp": "1.2.3"}}, ["TYPE_MISMATCH_IP_RANGE"]),
    ({"IpAddress": {"aws:SourceIp": "203.0.114.5/24"}}, ["IMPROVE_IP_RANGE"]),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, ["PRIVATE_IP_ADDRESS"]),
    ({"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}, ["PRIVATE_NOT_IP_ADDRESS"]),
    ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "8.8.8.8"]}}, ["PRIVATE_IP_ADDRESS_SUBSET"]),
    ({"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "8.8.8.8"]}}, ["PRIVATE_NOT_IP_ADDRESS_SUBSET"]),
    ({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}, []),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "codes"), CONDITIONS)
def test_conditions(condition: Any, codes: list[str]) -> None:
    assert of({**READ, "Condition": condition}) == codes


PRINCIPALS = [
    ("*", []),
    ("111122223333", ["INVALID_PRINCIPAL_FORMAT"]),
    (["*"], ["INVALID_PRINCIPAL_FORMAT"]),
    ({}, ["EMPTY_OBJECT_PRINCIPAL"]),
    ({"AWS": []}, ["EMPTY_ARRAY_PRINCIPAL"]),
    ({"User": "a"}, ["INVALID_PRINCIPAL_KEY"]),
    ({"AWS": 1}, ["DATA_TYPE_MISMATCH"]),
    ({"AWS": "*"}, []),
    ({"AWS": "arn:aws:iam::111122223333:user/*"}, ["UNSUPPORTED_WILDCARD_IN_PRINCIPAL"]),
    ({"Service": "*"}, ["UNSUPPORTED_WILDCARD_IN_PRINCIPAL"]),
    ({"AWS": "AROAIOSFODNN7EXAMPLE"}, ["INVALID_ROLE_REFERENCE"]),
    ({"AWS": "AIDAIOSFODNN7EXAMPLE"}, ["INVALID_USER_REFERENCE"]),
]


@pytest.mark.parametrize(("principal", "codes"), PRINCIPALS)
def test_principals(principal: Any, codes: list[str]) -> None:
    assert of({**GRANT, "Principal": principal}, kind=RESOURCE) == codes


def test_resource_policies() -> None:
    assert of(without(GRANT, "Principal"), kind=RESOURCE) == ["MISSING_PRINCIPAL"]
    assert of(GRANT, kind=RESOURCE, about="AWS::S3::Bucket") == ["MISSING_RESOURCE"]
    everybody_else = {**without(GRANT, "Principal"), "NotPrincipal": {"AWS": "111122223333"}}
    assert of(everybody_else, kind=RESOURCE) == ["ALLOW_WITH_NOT_PRINCIPAL"]
    assert of({**everybody_else, "Effect": "Deny"}, kind=RESOURCE) == []


def test_service_control_policies() -> None:
    assert of({**READ, "Action": "iam:*Role", "Resource": "*"}, kind=SCP) == [
        "SCP_SYNTAX_ERROR_ACTION_WILDCARD"
    ]
    assert of({**READ, "Action": "iam:Get*", "Resource": "*"}, kind=SCP) == []
    assert of({**READ, "Principal": "*"}, kind=SCP) == ["SCP_SYNTAX_ERROR_PRINCIPAL"]
    assert of(*_many(60), kind=SCP) == ["POLICY_SIZE_EXCEEDS_SCP_QUOTA"]


def test_sizes() -> None:
    assert of(*_many(80)) == ["POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"]


def _many(count: int) -> list[dict[str, Any]]:
    return [{**READ, "Resource": f"arn:aws:s3:::data/{n:010}"} for n in range(count)]


def test_every_sentence_of_the_catalog_is_tested_by_its_code() -> None:
    """JSON_SYNTAX_ERROR and MISMATCHED_ACTION_FOR_PRINCIPAL are tested in test_validate_policy.py."""
    tables = (ELEMENTS, STATEMENTS, ROLES, RESOURCES, CONDITIONS, PRINCIPALS)
    tested = {code for table in tables for _, codes in table for code in codes}
    elsewhere = {
        "ALLOW_WITH_NOT_PRINCIPAL", "JSON_SYNTAX_ERROR", "MISMATCHED_ACTION_FOR_PRINCIPAL", "MISSING_PRINCIPAL",
        "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", "POLICY_SIZE_EXCEEDS_SCP_QUOTA", "REDUNDANT_STATEMENT",
        "SCP_SYNTAX_ERROR_ACTION_WILDCARD", "SCP_SYNTAX_ERROR_PRINCIPAL", "UNIQUE_SIDS_RECOMMENDED",
        "UNIQUE_SIDS_REQUIRED", "VARIABLE_UNSUPPORTED_IN_ELEMENT", "VARIABLE_UNSUPPORTED_IN_VERSION",
    }  # fmt: skip
    assert tested | elsewhere == set(CATALOG)
