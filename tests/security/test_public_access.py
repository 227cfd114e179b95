"""The public access block of a bucket lets no policy make it public, however the policy says it.

Oracle: "Blocking public access to your Amazon S3 storage" (S3 User Guide), above all "The meaning of public".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clary.access.evaluator import PolicySet, Principal, compile_policy, evaluate
from clary.access.public_policies import is_public
from clary.plane import Platform
from clary.server.accounts import ensure_account
from tests.conftest import ACCOUNT
from tests.inprocess import ENDPOINT, InProcess

Client = Callable[..., Any]
OTHER = "444455556666"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
_HALVES = ["0.0.0.0/1", "128.0.0.0/1"]
_EIGHTHS = [f"{n}.0.0.0/8" for n in range(256)]


def document(*statements: dict[str, Any]) -> str:
    whole = [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
        | s
        for s in statements
    ]
    for statement in whole:
        if "NotPrincipal" in statement:
            del statement["Principal"]
    return json.dumps({"Version": "2012-10-17", "Statement": whole})


def when(**condition: Any) -> dict[str, Any]:
    """A statement with a condition: operator -> {key: values}; `__` stands for the colon of a set operator."""
    return {"Condition": {operator.replace("__", ":"): keys for operator, keys in condition.items()}}


# What would let in anybody, and what looks as if it did not.
OPEN = {
    "everybody": {},
    "all but one": {"NotPrincipal": {"AWS": USER}},
    "everybody among others": {"Principal": {"AWS": [USER, "*"]}},
    "everybody of another network": {"Principal": {"Federated": "graph.facebook.com"}},
    "if the key is there": when(StringEqualsIfExists={"aws:SourceVpc": "vpc-1"}),
    "all of no values": when(ForAllValues__StringEquals={"aws:PrincipalOrgID": "o-1"}),
    "all paths of no paths": when(ForAllValues__StringEquals={"aws:PrincipalOrgPaths": "o-1/r-1/"}),
    "a missing key": when(Null={"aws:SourceVpc": "true"}),
    "any that is another, if there": when(ForAnyValue__StringNotEqualsIfExists={"aws:SourceVpc": "vpc-1"}),
    "another network": when(StringNotEquals={"aws:SourceVpc": "vpc-1"}),
    "another address": when(NotIpAddress={"aws:SourceIp": "192.0.2.0/24"}),
    "any ARN": when(ArnLike={"aws:PrincipalArn": "arn:*"}),
    "an ARN cut short": when(ArnEquals={"aws:PrincipalArn": "arn:aws:iam"}),
    "any user id": when(StringLike={"aws:userid": "?*"}),
    "any session of a role": when(StringLike={"aws:userid": "AROAEXAMPLE:*"}),
    "the user id of nobody": when(StringEquals={"aws:userid": "anonymous"}),
    "the user id of nobody, shouted": when(StringEqualsIgnoreCase={"aws:userid": ["x", "ANONYMOUS"]}),
    "a variable": when(StringEquals={"aws:SourceVpc": "${aws:SourceVpc}"}),
    "a variable with a default": when(StringEquals={"aws:userid": "${aws:x, 'anonymous'}"}),
    "one fixed value among others": when(StringLike={"aws:SourceVpc": ["vpc-1", "vpc-*"]}),
    "a key of the request": when(StringEquals={"s3:x-amz-server-side-encryption-aws-kms-key-id": "k"}),
    "a header of the request": when(StringEquals={"aws:UserAgent": "secret"}),
    "all addresses": when(IpAddress={"aws:SourceIp": "0.0.0.0/0"}),
    "all new addresses": when(IpAddress={"aws:SourceIp": "::/0"}),
    "two halves of the world": when(IpAddress={"aws:SourceIp": _HALVES}),
    "the world in eighths of a byte": when(IpAddress={"aws:SourceIp": _EIGHTHS}),
    "every other eighth": when(IpAddress={"aws:SourceIp": _EIGHTHS[::2]}),
    "seven bits": when(IpAddress={"aws:SourceIp": "96.0.0.0/7"}),
    "old addresses as new ones": when(IpAddress={"aws:SourceIp": "::ffff:0:0/96"}),
    "a small part that holds all old ones": when(IpAddress={"aws:SourceIp": "::/32"}),
    "31 bits of the new ones": when(IpAddress={"aws:SourceIp": "2001:db8::/31"}),
    "an address as a text": when(StringLike={"aws:SourceIp": "192.0.2.1"}, Null={"aws:x": "true"}),
    "addresses of a variable": when(IpAddress={"aws:SourceIp": "${aws:SourceIp}"}),
    "any access point of anybody": when(StringLike={"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:*:*"}),
}
SHUT = {
    "one user": {"Principal": {"AWS": USER}},
    "two accounts": {"Principal": {"AWS": [ACCOUNT, f"arn:aws:iam::{OTHER}:root"]}},
    "a service": {"Principal": {"Service": "logging.s3.amazonaws.com"}},
    "an account by its canonical id": {"Principal": {"CanonicalUser": "0" * 64}},
    "a deny": {"Effect": "Deny"},
    "an organisation": when(StringEquals={"aws:PrincipalOrgID": "o-1"}),
    "paths of an organisation": when(ForAnyValue__StringEquals={"aws:PrincipalOrgPaths": ["o-1/r-1/ou-1/"]}),
    "a network of ours": when(StringEquals={"aws:SourceVpc": "vpc-91237329"}),
    "an end of it": when(StringLike={"AWS:SourceVpce": ["vpce-1", "vpce-2"]}),
    "an account": when(StringEquals={"aws:PrincipalAccount": ACCOUNT}, Null={"aws:x": "true"}),
    "a role": when(ArnEquals={"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/r"}),
    "a bucket that acts": when(ArnLike={"aws:SourceArn": "arn:aws:s3:::other"}),
    "a user by id": when(StringEquals={"aws:userid": "AIDAEXAMPLE"}),
    "a network of somebody": when(IpAddress={"aws:SourceIp": ["54.240.143.0/24", "2001:db8::/32"]}),
    "the largest network of somebody": when(IpAddress={"aws:SourceIp": "17.0.0.0/8"}),
    "networks that reach nobody outside": when(IpAddress={"aws:SourceIp": ["10.0.0.0/8", "172.16.0.0/12"]}),
    # "This value can contain a wildcard for the access point name, as long as the account ID is fixed."
    "access points of an account": when(
        StringLike={"s3:DataAccessPointArn": f"arn:aws:s3:us-west-2:{OTHER}:accesspoint/*"}
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_public(name: str) -> None:
    assert is_public(document(OPEN[name]))
    assert is_public(document(*SHUT.values(), OPEN[name]))  # "statement 3 renders the entire policy public"


@pytest.mark.parametrize("name", SHUT)
def test_what_is_not_public(name: str) -> None:
    assert not is_public(document(SHUT[name]))


def test_networks_of_all_statements_count_together() -> None:
    parts = [when(IpAddress={"aws:SourceIp": _EIGHTHS[n : n + 8]}) for n in range(0, 256, 8)]
    assert is_public(document(*parts))
    assert is_public(document(*(when(IpAddress={"aws:SourceIp": one}) for one in _EIGHTHS[1::3])))


def test_what_cannot_be_read_is_public() -> None:
    for text in ("", "x", "{}", '{"Statement": [{"Effect": "Allow", "Principal": 5}]}'):
        assert is_public(text)


# through the application ----------------------------------------------------------------------------------------


@pytest.fixture
def stranger(platform: Platform, client: Client) -> Any:
    """S3 as the root of another account."""
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, "AKIASTRANGERSTRANGER", "stranger-secret")
    return client("s3", key="AKIASTRANGERSTRANGER", secret="stranger-secret")


def _reads(s3: Any) -> bool:
    try:
        return bool(s3.get_object(Bucket="bucket", Key="k"))
    except ClientError:
        return False


@pytest.mark.parametrize("name", OPEN)
def test_a_block_keeps_public_policies_out_and_silences_those_that_are_there(
    client: Client, app: InProcess, stranger: Any, name: str
) -> None:
    client("iam").create_user(UserName="ann")
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    text = document(OPEN[name])
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_policy(Bucket="bucket", Policy=text)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    s3.delete_public_access_block(Bucket="bucket")
    s3.put_bucket_policy(Bucket="bucket", Policy=text)
    assert s3.get_bucket_policy_status(Bucket="bucket")["PolicyStatus"]["IsPublic"] is True
    s3.put_public_access_block(
        Bucket="bucket", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True}
    )
    assert app.request("GET", f"{ENDPOINT}/bucket/k", {})[0] == 403
    assert not _reads(stranger)
    assert _reads(s3)


def test_a_policy_for_somebody_in_particular_is_taken_and_works(client: Client, stranger: Any) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    s3.put_bucket_policy(Bucket="bucket", Policy=document({"Principal": {"AWS": OTHER}}))
    assert s3.get_bucket_policy_status(Bucket="bucket")["PolicyStatus"]["IsPublic"] is False
    assert _reads(stranger)


# properties ------------------------------------------------------------------------------------------------------

_IDENTITY = (
    "aws:PrincipalOrgID", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:SourceVpc", "aws:SourceArn",
    "aws:SourceAccount", "aws:userid", "s3:DataAccessPointArn",
)  # fmt: skip
_OF_REQUEST = ("aws:UserAgent", "s3:prefix", "aws:PrincipalType", "s3:x-amz-acl", "aws:RequestedRegion")
_OPERATORS = (
    "StringEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotEquals", "StringNotLike", "ArnLike", "ArnEquals",
    "ArnNotLike", "Bool", "NumericEquals", "BinaryEquals", "IpAddress", "NotIpAddress", "DateLessThan",
)  # fmt: skip
_FIXED = ("o-1", ACCOUNT, USER, "vpc-1", "AIDAEXAMPLE")
_LOOSE = (
    "*",
    "?*",
    "arn:*",
    "arn:aws",
    "${aws:userid}",
    "${s3:prefix}",
    "${s3:prefix, '*'}",
    "anonymous",
    "",
    "stranger",
)
_NETWORKS = ("10.0.0.0/8", "203.0.113.0/24", "0.0.0.0/0", "::/0", *_HALVES, "::/32", "96.0.0.0/6")


@st.composite
def conditions(draw: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(draw(st.integers(0, 2))):
        qualifier = draw(st.sampled_from(["", "", "ForAnyValue:", "ForAllValues:"]))
        operator = qualifier + draw(st.sampled_from(_OPERATORS)) + draw(st.sampled_from(["", "", "IfExists"]))
        values = draw(st.lists(st.sampled_from(_FIXED + _LOOSE), min_size=1, max_size=2))
        key = draw(st.sampled_from(_IDENTITY + _OF_REQUEST))
        if draw(st.booleans()):
            operator, key = draw(st.sampled_from(["IpAddress", "NotIpAddress", operator])), "aws:SourceIp"
            values = draw(st.lists(st.sampled_from(_NETWORKS), min_size=1, max_size=2))
        found.setdefault(operator, {})[key] = values
    if draw(st.booleans()) and draw(st.booleans()):
        found["Null"] = {draw(st.sampled_from(_IDENTITY)): draw(st.sampled_from(["true", "false"]))}
    return {"Condition": found} if found else {}


principals = st.sampled_from(
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": USER}},
        {"Principal": {"AWS": [ACCOUNT, "*"]}},
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"NotPrincipal": {"AWS": [USER, ACCOUNT]}},
    ]
)
policies = st.lists(st.builds(lambda p, c: p | c, principals, conditions()), min_size=1, max_size=3)
_TEXTS = st.sampled_from((*_FIXED, "", "*", "x", "arn:aws:iam::1:user/x", "o-2", "true", "a\x00b"))
requests = st.fixed_dictionaries(
    {
        "aws:sourceip": st.sampled_from(
            ["8.8.8.8", "198.51.100.7", "97.1.2.3", "2001:db8::1", "::ffff:9.9.9.9"]
        )
    },
    optional={key.lower(): _TEXTS for key in _OF_REQUEST},
)


@given(policies, requests, st.booleans())
@settings(max_examples=500, deadline=None)
def test_a_policy_that_is_not_public_lets_no_stranger_in(
    statements: list[dict[str, Any]], request_: dict[str, str], signed: bool
) -> None:
    """Whatever a request says that its caller chooses: of what it does not choose it has its own or nothing."""
    text = document(*statements)
    assume(not is_public(text))
    arn = "arn:aws:iam::999988887777:user/eve"
    who = Principal("999988887777", arn, arn, "AIDAEVE") if signed else Principal()
    own = {"aws:userid": "AIDAEVE", "aws:principalarn": arn, "aws:principalaccount": "999988887777"}
    keys = {
        key: (value,) for key, value in (request_ | (own if signed else {"aws:userid": "anonymous"})).items()
    }
    administrator = compile_policy('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
    judges = PolicySet((administrator,) if signed else ())
    policy = compile_policy(text)
    assert not evaluate(
        "s3:GetObject", "arn:aws:s3:::bucket/k", keys, judges, who, policy, owner=ACCOUNT
    ).allowed
