"""What policies say, asked through whole requests: one user, one policy, one call, allowed or not.

The evaluator itself has its tables in tests/access/test_evaluator.py; here is what a request can do to it."""

from __future__ import annotations

import pytest

from tests.conftest import ACCOUNT
from tests.security.forging import by_header
from tests.security.rights.subjects import BUCKET, Statement, Subject, allow, deny

SECRET = f"{BUCKET}/secret"


def without(statement: Statement, name: str) -> Statement:
    return {key: value for key, value in statement.items() if key != name}


# elements and patterns ------------------------------------------------------------------------------------------

GET_SECRET: dict[str, tuple[list[Statement], bool]] = {
    "no statement for it": ([allow(Action="s3:PutObject")], False),
    "by name": ([allow()], True),
    "in capitals": ([allow(Action="S3:GETOBJECT")], True),
    "by patterns": ([allow(Action="s3:G?t*ject")], True),
    "pattern for more letters": ([allow(Action="s3:GetObject?")], False),
    "another service's action of the name": ([allow(Action="s3express:GetObject")], False),
    "its bucket is not its objects": ([allow(Resource=BUCKET)], False),
    "objects": ([allow(Resource=f"{BUCKET}/*")], True),
    "objects by one letter": ([allow(Resource=f"{BUCKET}/secre?")], True),
    "one letter too many": ([allow(Resource=f"{BUCKET}/secret?")], False),
    "capitals in the resource": ([allow(Resource=f"{BUCKET.replace('bucket', 'Bucket')}/*")], False),
    "beginning of a name": ([allow(Resource="arn:aws:s3:::bucket-")], False),
    "pattern over the slash": ([allow(Resource="arn:aws:s3:::b*cret")], True),
    "all but IAM": ([without(allow(NotAction="iam:*"), "Action")], True),
    "all but S3": ([without(allow(NotAction="s3:*"), "Action")], False),
    "all but this object": ([without(allow(NotResource=SECRET), "Resource")], False),
    "all but another object": ([without(allow(NotResource=f"{BUCKET}/other"), "Resource")], True),
    "deny wins": ([allow(), deny()], False),
    "deny of a pattern": ([allow(), deny(Action="s3:Get*", Resource=f"{BUCKET}/s*")], False),
    "deny of all but another": ([allow(), without(deny(NotResource=f"{BUCKET}/other"), "Resource")], False),
    "deny of all other actions": ([allow(), without(deny(NotAction="s3:GetObject"), "Action")], True),
    "deny of another": ([allow(), deny(Resource=f"{BUCKET}/other")], True),
}


@pytest.mark.parametrize(("statements", "works"), GET_SECRET.values(), ids=GET_SECRET.keys())
def test_elements_and_patterns(subject: Subject, statements: list[Statement], works: bool) -> None:
    subject.holds(*statements)
    assert subject.may() is works


# conditions whose key is missing, or confused with another ------------------------------------------------------

# `s3:prefix` is no key of GetObject, `aws:MultiFactorAuthPresent` none of long-term keys.
CONDITIONS: dict[str, tuple[Statement, bool]] = {
    "equals, missing": ({"StringEquals": {"s3:prefix": ""}}, False),
    "not equals, missing": ({"StringNotEquals": {"s3:prefix": "x"}}, True),
    "like, missing": ({"StringLike": {"s3:prefix": "*"}}, False),
    "not like, missing": ({"StringNotLike": {"s3:prefix": "x*"}}, True),
    "if exists, missing": ({"StringEqualsIfExists": {"s3:prefix": "x"}}, True),
    "null, missing": ({"Null": {"s3:prefix": "true"}}, True),
    "not null, missing": ({"Null": {"s3:prefix": "false"}}, False),
    "number, missing": ({"NumericLessThan": {"s3:max-keys": "10"}}, False),
    "date, missing": ({"DateGreaterThan": {"aws:TokenIssueTime": "2000-01-01T00:00:00Z"}}, False),
    "bool, missing": ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
    "bool false, missing": ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, False),
    "bool if exists, missing": ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, True),
    "arn, missing": ({"ArnLike": {"aws:SourceArn": "*"}}, False),
    "arn not like, missing": ({"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::x"}}, True),
    "for all values, missing": ({"ForAllValues:StringEquals": {"aws:TagKeys": ["x"]}}, True),
    "for any value, missing": ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["x"]}}, False),
    "for any value negated, missing": ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["x"]}}, False),
    "no such key": ({"StringEquals": {"aws:NoSuchKey": "x"}}, False),
    "name of the key in capitals": ({"StringEquals": {"AWS:USERNAME": "subject"}}, True),
    "value in capitals": ({"StringEquals": {"aws:username": "SUBJECT"}}, False),
    "value in capitals, ignored": ({"StringEqualsIgnoreCase": {"aws:username": "SUBJECT"}}, True),
    "pattern where none is": ({"StringEquals": {"aws:username": "sub*"}}, False),
    "one of the values": ({"StringEquals": {"aws:username": ["x", "subject"]}}, True),
    "two keys": ({"StringEquals": {"aws:username": "subject", "aws:PrincipalAccount": "999988887777"}}, False),
    "two operators": (
        {"StringEquals": {"aws:username": "subject"}, "Bool": {"aws:SecureTransport": "true"}}, False,
    ),
    "another user's name": ({"StringEquals": {"aws:username": "owner"}}, False),
    "account as a name": ({"StringEquals": {"aws:userid": ACCOUNT}}, False),
    "not the address": ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
    "an address of another family": ({"IpAddress": {"aws:SourceIp": "::/0"}}, False),
    "variable that there is not": ({"StringEquals": {"aws:username": "${aws:FederatedProvider}"}}, False),
    "variable of one's own": ({"StringEquals": {"aws:username": "${aws:username}"}}, True),
}  # fmt: skip


@pytest.mark.parametrize(("condition", "works"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_conditions(subject: Subject, condition: Statement, works: bool) -> None:
    subject.holds(allow(Condition=condition))
    assert subject.may() is works


@pytest.mark.parametrize(
    ("condition", "works"),
    [
        ({"StringEquals": {"s3:prefix": "x"}}, True),
        ({"StringNotEquals": {"s3:prefix": "x"}}, False),
        ({"StringNotEqualsIfExists": {"aws:username": "subject"}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, False),
        ({"Null": {"aws:TokenIssueTime": "true"}}, False),
        ({"NumericLessThan": {"aws:EpochTime": "1"}}, True),
    ],
    ids=str,
)
def test_conditions_of_a_deny(subject: Subject, condition: Statement, works: bool) -> None:
    subject.holds(allow(), deny(Condition=condition))
    assert subject.may() is works


# what a client may say of itself --------------------------------------------------------------------------------

HEADERS: dict[str, tuple[Statement, dict[str, str], bool]] = {
    "address that a proxy says": (
        {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"x-forwarded-for": "10.1.1.1"}, False
    ),
    "protocol that a proxy says": (
        {"Bool": {"aws:SecureTransport": "true"}}, {"x-forwarded-proto": "https"}, False
    ),
    "user agent": ({"StringLike": {"aws:UserAgent": "tool/*"}}, {"user-agent": "tool/1"}, True),
    "pattern as a user agent": ({"StringLike": {"aws:UserAgent": "tool/*"}}, {"user-agent": "*"}, False),
    "referer": ({"StringEquals": {"aws:Referer": "https://a/"}}, {"referer": "https://a/"}, True),
    "another referer": ({"StringEquals": {"aws:Referer": "https://a/"}}, {"referer": "https://a/b"}, False),
    "key as a header": ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, {"aws-principaltag-team": "a"}, False),
}  # fmt: skip


@pytest.mark.parametrize(("condition", "headers", "works"), HEADERS.values(), ids=HEADERS.keys())
def test_headers_decide_what_headers_may(
    subject: Subject, condition: Statement, headers: dict[str, str], works: bool
) -> None:
    subject.holds(allow(Condition=condition))
    assert subject.may_read(headers) is works


@pytest.mark.parametrize(
    ("referer", "works"), [("secret", True), ("*", False), ("s*", False), ("secre?", False), ("${*}", False)]
)
def test_a_variables_value_is_no_pattern(subject: Subject, referer: str, works: bool) -> None:
    """IAM User Guide, "Policy elements: Variables and tags": `*` in a value is the letter."""
    subject.holds(allow(Resource=f"{BUCKET}/${{aws:Referer}}"))
    assert subject.may_read({"referer": referer}) is works
    subject.holds(allow(Condition={"StringLike": {"aws:username": "${aws:Referer}"}}))
    assert not subject.may_read({"referer": "sub*"})


OPEN = {"StringEquals": {"s3:prefix": "open/"}}
ONE = {"NumericLessThanEquals": {"s3:max-keys": "1"}}


@pytest.mark.parametrize(
    ("condition", "query", "listed"),
    [
        (OPEN, "prefix=open/", 0),
        (OPEN, "prefix=open/&prefix=secret", None),
        (OPEN, "prefix=secret&prefix=open/", 0),
        (OPEN, "Prefix=open/", None),
        (OPEN, "", None),
        ({"StringLike": {"s3:prefix": "open/*"}}, "prefix=open/../secret", 0),
        (ONE, "max-keys=1", 1),
        (ONE, "max-keys=01", 1),
        (ONE, "", None),
        (ONE, "max-keys=1&max-keys=1000", None),
    ],
)
def test_what_was_judged_is_what_is_listed(
    subject: Subject, condition: Statement, query: str, listed: int | None
) -> None:
    """Of a parameter that is given twice the listing must not take another value than the condition."""
    subject.holds(allow(Action="s3:ListBucket", Condition=condition))
    status, _, body = by_header(subject.caller, "GET", f"/bucket-1?list-type=2&{query}").by(subject.world)
    assert status in ((200,) if listed is not None else (400, 403)), body
    assert body.count(b"<Key>") == (listed or 0)
