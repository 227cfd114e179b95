"""A policy is either refused with a word on what is wrong, or it means what it says: nothing in it is ignored, and
nothing that is stored makes a later call fail.

Oracle: "Grammar of the IAM JSON policy language" (IAM User Guide); S3's API reference of PutBucketPolicy.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clary.access.evaluator import PolicySet, Principal, compile_policy, evaluate
from clary.access.policy_parser import PolicyError, parse_policy
from clary.plane import Platform
from tests.conftest import ACCOUNT
from tests.inprocess import ENDPOINT, InProcess
from tests.support.refusals import code_of

Client = Callable[..., Any]
ARN = "arn:aws:s3:::bucket"


def document(statement: dict[str, Any], /, **top: Any) -> str:
    grant = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/*"}
    whole = {name: value for name, value in (grant | statement).items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [whole]} | top)


@pytest.fixture
def s3(client: Client) -> Any:
    """S3 as root, with a bucket that may be made public, and something in it."""
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="secret", Body=b"x")
    s3.delete_public_access_block(Bucket="bucket")
    return s3


ONLY = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
ODD = {
    "Conditions": document({"Conditions": ONLY}),
    "condition": document({"condition": ONLY}),
    "a condition beside the statement": document({}, Condition=ONLY),
    "an operator without keys": document({"Condition": {"StringEquals": {}}}),
    "a key without values": document({"Condition": {"StringNotEquals": {"aws:PrincipalAccount": []}}}),
    "a key without a name": document({"Condition": {"StringNotEquals": {"": "x"}}}),
    "an unknown operator": document({"Condition": {"StringEqual": {"aws:PrincipalAccount": ACCOUNT}}}),
    "an operator in small letters": document({"Condition": {"stringequals": {"aws:username": "x"}}}),
    "an unknown qualifier": document({"Condition": {"ForEachValue:StringEquals": {"aws:username": "x"}}}),
    "Null, if it exists": document({"Condition": {"NullIfExists": {"aws:username": "true"}}}),
    "Null of something else": document({"Condition": {"Null": {"aws:username": "maybe"}}}),
    "a list of conditions": document({"Condition": ["x"]}),
    "a condition of no operator": document({"Condition": "StringEquals"}),
    "an operator of no key": document({"Condition": {"StringEquals": "aws:username"}}),
    "a value that is an object": document({"Condition": {"StringEquals": {"aws:username": {"a": "b"}}}}),
    "a value that is a list of lists": document({"Condition": {"StringEquals": {"aws:username": [["a"]]}}}),
    "a value that is null": document({"Condition": {"StringEquals": {"aws:username": None}}}),
    "an unknown key of S3's": document({"Condition": {"StringEquals": {"s3:x-amz-acll": "private"}}}),
    "an address that is none": document({"Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/33"}}}),
    "Principal a number": document({"Principal": 5}),
    "Principal an account as text": document({"Principal": ACCOUNT}),
    "Principal a list": document({"Principal": ["*"]}),
    "Principal of nobody": document({"Principal": {}}),
    "Principal of an empty list": document({"Principal": {"AWS": []}}),
    "Principal of a list in a list": document({"Principal": {"AWS": [["x"]]}}),
    "Principal of an unknown kind": document({"Principal": {"aws": "*"}}),
    "Principal with a wildcard": document({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}}),
    "Principal a group": document({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:group/g"}}),
    "Principal every service": document({"Principal": {"Service": "*"}}),
    "Principal and NotPrincipal": document({"NotPrincipal": {"AWS": ACCOUNT}}),
    "no Principal": document({"Principal": None}),
    "Action a number": document({"Action": 5}),
    "Action a list of numbers": document({"Action": [5]}),
    "Action an empty list": document({"Action": []}),
    "NotAction an empty list": document({"Action": None, "NotAction": []}),
    "Action and NotAction": document({"NotAction": "s3:PutObject"}),
    "Action of another service": document({"Action": "iam:CreateUser"}),
    "Action of no service": document({"Action": "GetObject"}),
    "Action that there is not": document({"Action": "s3:Gett*"}),
    "Resource an object": document({"Resource": {"a": "b"}}),
    "Resource an empty list": document({"Resource": []}),
    "NotResource an empty list": document({"Resource": None, "NotResource": []}),
    "Resource of another bucket": document({"Resource": "arn:aws:s3:::bucket2/*"}),
    "Resource without its ARN": document({"Resource": "bucket/*"}),
    "Resource in an account": document({"Resource": f"arn:aws:s3::{ACCOUNT}:bucket/*"}),
    "Resource that the action is not about": document({"Resource": ARN}),
    "Effect in small letters": document({"Effect": "allow"}),
    "Effect a list": document({"Effect": ["Allow"]}),
    "no Effect": document({"Effect": None}),
    "Sid a number": document({"Sid": 5}),
    "another Version": document({}, Version="2012-10-18"),
    "Version a number": document({}, Version=2012),
    "Id a list": document({}, Id=[]),
    "statement": document({}, statement=[]),
    "Statement a text": document({}, Statement="x"),
    "Statement null": document({}, Statement=None),
    "Statement a list of lists": document({}, Statement=[[]]),
    "no statement": document({}, Statement=[]),
    "an element twice": document({}).replace('"Effect"', '"Effect": "Deny", "Effect"'),
    "not a number": document({"Condition": {"NumericLessThan": {"s3:max-keys": float("nan")}}}),
    "a number without end": document({"Sid": 7}).replace("7", "7" * 5000),
    "text": "x",
    "a list": f"[{document({})}]",
    "a blank before": f" {document({})}",
    "cut short": document({})[:-1],
    "deep": '{"Version":' + "[" * 9000 + "]" * 9000 + "}",
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_policy_is_refused_and_changes_nothing(s3: Any, app: InProcess, name: str) -> None:
    assert code_of(s3.put_bucket_policy, Bucket="bucket", Policy=ODD[name]) == "MalformedPolicy"
    assert app.request("GET", f"{ENDPOINT}/bucket/secret", {})[0] == 403
    assert code_of(s3.get_bucket_policy, Bucket="bucket") == "NoSuchBucketPolicy"


@pytest.mark.parametrize(
    "name", ["an operator without keys", "a key without values", "NotAction an empty list"]
)
def test_iam_refuses_what_would_hold_always(client: Client, name: str) -> None:
    iam = client("iam")
    iam.create_user(UserName="ann")
    text = json.dumps(json.loads(ODD[name].replace('"Principal": "*", ', "")))
    for call, params in [
        (iam.create_policy, {"PolicyName": "p"}),
        (iam.put_user_policy, {"UserName": "ann", "PolicyName": "p"}),
    ]:
        assert code_of(call, PolicyDocument=text, **params) == "MalformedPolicyDocument"
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    keys = {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    everything = document({"Action": "sts:*", "Resource": "*", "Principal": None})
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=everything)
    federate = client("sts", **keys).get_federation_token
    assert code_of(federate, Name="guest", Policy=text) == "MalformedPolicyDocument"


# nobody is locked out -------------------------------------------------------------------------------------------

LOCK = document({"Effect": "Deny", "Action": "s3:*", "Resource": [ARN, f"{ARN}/*"]})


def test_root_takes_back_what_denies_everybody(s3: Any) -> None:
    """ "The root principal in a bucket owner's account can perform the GetBucketPolicy, PutBucketPolicy, and
    DeleteBucketPolicy API actions, even if their bucket policy explicitly denies the root principal's access"."""
    s3.put_bucket_policy(Bucket="bucket", Policy=LOCK)
    assert code_of(s3.list_objects_v2, Bucket="bucket") == "AccessDenied"
    assert code_of(s3.delete_bucket, Bucket="bucket") == "AccessDenied"
    assert s3.get_bucket_policy(Bucket="bucket")["Policy"] == LOCK
    s3.put_bucket_policy(Bucket="bucket", Policy=LOCK)
    s3.delete_bucket_policy(Bucket="bucket")
    assert code_of(s3.list_objects_v2, Bucket="bucket") == ""


def test_only_the_owners_own_root_may(s3: Any, client: Client) -> None:
    s3.put_bucket_policy(Bucket="bucket", Policy=LOCK)
    iam = client("iam")
    iam.create_user(UserName="ann")
    everything = document({"Action": "*", "Resource": "*", "Principal": None})
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=everything)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = client("s3", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    guest = client("sts").get_federation_token(Name="guest", Policy=everything)["Credentials"]
    federated = client(
        "s3", key=guest["AccessKeyId"], secret=guest["SecretAccessKey"], token=guest["SessionToken"]
    )
    for other in (ann, federated):
        assert code_of(other.get_bucket_policy, Bucket="bucket") == "AccessDenied"
        assert code_of(other.delete_bucket_policy, Bucket="bucket") == "AccessDenied"


# what an earlier version stored ---------------------------------------------------------------------------------

OLD = [
    document({"Principal": 5}),
    document({"Principal": ACCOUNT}),
    document({"Principal": {"AWS": [["x"]]}}),
    document({"Condition": {"StringEqual": {"aws:PrincipalAccount": ACCOUNT}}}),
    document({"Effect": None}),
    document({"Condition": ["x"]}),
    document({"Action": 5}),
    "no JSON",
]


@pytest.mark.parametrize("text", OLD)
def test_a_stored_policy_that_cannot_be_read_denies_and_can_be_deleted(
    s3: Any, app: InProcess, platform: Platform, text: str
) -> None:
    with platform.store.write() as tx:
        tx.sql("UPDATE s3_bucket SET policy = ? WHERE name = 'bucket'", text)
    assert code_of(s3.get_object, Bucket="bucket", Key="secret") == "AccessDenied"
    assert app.request("GET", f"{ENDPOINT}/bucket/secret", {})[0] == 403
    tagging = b"<Tagging><TagSet/></Tagging>"
    assert app.request("PUT", f"{ENDPOINT}/bucket/secret?tagging", {}, tagging)[0] == 403
    assert s3.get_bucket_policy(Bucket="bucket")["Policy"] == text
    s3.delete_bucket_policy(Bucket="bucket")
    assert code_of(s3.get_object, Bucket="bucket", Key="secret") == ""


def test_a_stored_identity_policy_that_cannot_be_read_denies_its_user(
    client: Client, platform: Platform
) -> None:
    iam = client("iam")
    iam.create_user(UserName="ann")
    everything = document({"Action": "*", "Resource": "*", "Principal": None})
    for name in ("p", "q"):
        iam.put_user_policy(UserName="ann", PolicyName=name, PolicyDocument=everything)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    with platform.store.write() as tx:
        tx.sql("UPDATE iam_inline SET document = 'no JSON' WHERE name = 'q'")
    mine = client("iam", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert code_of(mine.list_users) == "AccessDenied"
    said = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/ann", ActionNames=["iam:ListUsers"]
    )["EvaluationResults"][0]
    assert said["EvalDecision"] == "explicitDeny"
    assert said["MatchedStatements"][0]["EndPosition"] == {"Line": 1, "Column": 8}


# limits ----------------------------------------------------------------------------------------------------------


def _of_length(length: int, statement: dict[str, Any], place: str = "Sid") -> str:
    """A policy of so many characters without white space, and much white space besides."""
    text = document(statement | {place: ""}).replace(" ", "")
    return text.replace(f'"{place}":""', f'"{place}":"{"x" * (length - len(text))}"').replace(",", ",\n  ")


@pytest.mark.parametrize(("kind", "most"), [("user", 2048), ("group", 5120), ("role", 10240)])
def test_inline_policies_have_a_limit_together(client: Client, kind: str, most: int) -> None:
    """IAM and STS quotas: the aggregate policy size of inline policies; "IAM does not count white space"."""
    iam, word = client("iam"), kind.capitalize()
    trust = document({"Action": "sts:AssumeRole", "Resource": None})
    more = {"AssumeRolePolicyDocument": trust} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**{f"{word}Name": "x"}, **more)
    put, name = getattr(iam, f"put_{kind}_policy"), {f"{word}Name": "x"}
    half = _of_length(most // 2, {"Resource": "*", "Principal": None})
    for policy, refused in [("p", ""), ("q", ""), ("r", "LimitExceeded")]:
        assert code_of(put, PolicyName=policy, PolicyDocument=half, **name) == refused


def test_trust_policies_have_a_limit(client: Client) -> None:
    iam = client("iam")
    trust = {"Action": "sts:AssumeRole", "Resource": None}
    assert code_of(iam.create_role, RoleName="a", AssumeRolePolicyDocument=_of_length(2048, trust)) == ""
    refused = code_of(iam.create_role, RoleName="b", AssumeRolePolicyDocument=_of_length(2049, trust))
    assert refused == "LimitExceeded"


# variables without a value --------------------------------------------------------------------------------------

UNKNOWN = "${aws:PrincipalTag/team}"


@pytest.mark.parametrize(
    "grant",
    [
        {"Condition": {"StringNotEquals": {"aws:username": UNKNOWN}}},
        {"Condition": {"StringNotLike": {"aws:username": ["x", f"{UNKNOWN}*"]}}},
        {"Condition": {"StringNotEqualsIfExists": {"aws:ResourceTag/team": UNKNOWN}}},
        {"Condition": {"ForAllValues:StringNotEquals": {"aws:TagKeys": UNKNOWN}}},
        {"Condition": {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/{UNKNOWN}"}}},
        {"Resource": None, "NotResource": f"arn:aws:iam::{ACCOUNT}:user/{UNKNOWN}"},
        {"Resource": None, "NotResource": ["arn:aws:iam::*:user/x", f"arn:aws:iam::*:user/{UNKNOWN}"]},
        {"Resource": f"arn:aws:iam::*:user/{UNKNOWN}*"},
        {"Condition": {"StringLike": {"aws:username": f"{UNKNOWN}*"}}},
    ],
)
def test_an_allow_does_not_hold_by_a_variable_without_a_value(client: Client, grant: dict[str, Any]) -> None:
    iam = client("iam")
    iam.create_user(UserName="ann")
    text = document({"Action": "iam:CreateUser", "Resource": "*", "Principal": None} | grant)
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=text)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    mine = client("iam", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert code_of(mine.create_user, UserName="new") == "AccessDenied"


# properties ------------------------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    ["*", "Allow", "Deny", "s3:GetObject", "s3:*", "arn:aws:s3:::bucket/*", ACCOUNT, "AWS", "StringEquals", "Null",
     "IpAddress", "NumericLessThan", "DateEquals", "BinaryEquals", "ArnLike", "ForAllValues:StringLike", "2012-10-17",
     "aws:username", "aws:SourceIp", "10.0.0.0/8", "true", "${aws:username}", "${", "\x00*", "1e999", "0001-01-01", "="]
)  # fmt: skip
_SCALARS = st.one_of(_WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_WORDS, inner, max_size=3)),
    max_leaves=6,
)
_CONDITION = st.dictionaries(
    _WORDS, st.dictionaries(_WORDS, st.one_of(_VALUES, st.lists(_WORDS)), max_size=2)
)
_STATEMENT = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.sampled_from(["s3:*", "*", ["s3:Get*"]])},
    optional={
        "Sid": _SCALARS,
        "Principal": st.one_of(st.just("*"), st.dictionaries(_WORDS, _VALUES, max_size=2)),
        "NotPrincipal": _VALUES,
        "Resource": st.one_of(_WORDS, st.lists(_WORDS, max_size=3), _VALUES),
        "NotResource": _VALUES,
        "Condition": st.one_of(_CONDITION, _VALUES),
    },
)
# Statements that are well-formed for the most part, with values that are anything.
_OPERATORS = [
    qualifier + name + suffix
    for name in ("StringEquals", "StringNotLike", "ArnLike", "Bool", "BinaryEquals", "IpAddress", "NumericLessThan",
                 "NumericNotEquals", "DateEquals", "DateNotEquals", "NotIpAddress")
    for qualifier in ("", "ForAnyValue:", "ForAllValues:")
    for suffix in ("", "IfExists")
]  # fmt: skip
_ANYTHING = st.one_of(_WORDS, st.text(max_size=12), st.integers(), st.floats(allow_nan=False), st.booleans())
_SOUND = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.sampled_from(["s3:*", "*", "s3:Get*"]),
        "Principal": st.sampled_from(["*", {"AWS": ACCOUNT}, {"Service": ["s3.amazonaws.com"]}]),
        "Resource": st.lists(st.one_of(_WORDS, st.text(max_size=12)), min_size=1, max_size=3),
        "Condition": st.dictionaries(
            st.sampled_from(_OPERATORS),
            st.dictionaries(
                st.sampled_from(["aws:username", "aws:SourceIp"]),
                st.lists(_ANYTHING, min_size=1, max_size=2),
                min_size=1,
            ),
            max_size=2,
        ),
    }
)
_KEYS = st.dictionaries(
    st.sampled_from(["aws:username", "aws:sourceip"]),
    st.tuples(st.one_of(_WORDS, st.text(max_size=8))),
)


@given(st.one_of(st.lists(_SOUND, min_size=1, max_size=2), st.lists(_STATEMENT, max_size=2), _VALUES), _KEYS)
@settings(max_examples=600, deadline=None)
def test_what_the_grammar_takes_can_always_be_evaluated(statements: Any, keys: dict[str, tuple[str]]) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    try:
        parse_policy(text)
    except PolicyError:
        return
    compiled = compile_policy(text)
    for who in (
        Principal(),
        Principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/a", "x", "AIDA"),
        Principal(service="s"),
    ):
        evaluate(
            "s3:GetObject",
            "arn:aws:s3:::bucket/k",
            keys,
            PolicySet((compiled,)),
            who,
            compiled,
            owner=ACCOUNT,
        )


def _cpu(work: Callable[[], Any]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


@pytest.mark.parametrize("pattern", ["*a" * 30, "?*" * 30, "${aws:username}*" * 8, "a?" * 30 + "*"])
def test_the_largest_policy_costs_little(pattern: str) -> None:
    """20 KB are what S3 takes. To compile and to ask it must not take more than a moment, whatever its patterns."""
    few = 18_000 // (len(pattern) + len(f'"{ARN}/",'))
    resources = [f"{ARN}/{pattern}{n}" for n in range(few)]
    text = document({"Resource": resources})
    assert 15_000 < len(text) < 20_480
    assert _cpu(lambda: parse_policy(text)) < 2
    compiled = compile_policy(text)
    keys = {"aws:username": ("a" * 64,)}

    def ask() -> None:
        evaluate(
            "s3:GetObject", f"{ARN}/{'a' * 1024}", keys, PolicySet(), Principal(), compiled, owner=ACCOUNT
        )

    assert _cpu(ask) < 2
