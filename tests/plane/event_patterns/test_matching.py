"""What matches: the user guide's pages on event patterns and comparison operators, and recorded answers of AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clary.plane.event_patterns import parse

EVENT = {
    "source": "aws.ec2",
    "resources": ["arn:aws:ec2:::instance/i-1", "arn:aws:ec2:::instance/i-2"],
    "detail": {
        "state": "Running",
        "size": 300,
        "ratio": 0.5,
        "none": None,
        "yes": True,
        "empty": "",
        "nothing": [],
        "ip": "10.0.0.17",
        "ip6": "2001:db8::17",
        "file": "dir/a/b.PNG",
        "parts": [{"name": "a", "n": 1}, {"name": "b", "n": 2}, {"more": [{"k": "x"}, {"k": "y"}]}],
        "deep": {"er": {"still": "here"}},
        "x.y": 1,
    },
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.ec2"]}, True),
        ({"source": ["aws.s3", "aws.ec2"]}, True),
        ({"source": ["aws.s3"]}, False),
        ({"source": ["aws.ec2"], "detail": {"state": ["Stopped"]}}, False),
        ({"resources": ["arn:aws:ec2:::instance/i-2"]}, True),
        ({"detail": {"size": [300]}}, True),
        ({"detail": {"size": [300.0]}}, True),
        ({"detail": {"size": ["300"]}}, False),
        ({"detail": {"yes": [True]}}, True),
        ({"detail": {"yes": [1]}}, False),
        ({"detail": {"yes": ["true"]}}, False),
        ({"detail": {"none": [None]}}, True),
        ({"detail": {"gone": [None]}}, False),
        ({"detail": {"empty": [""]}}, True),
        ({"detail": {"state": {"inner": ["x"]}}}, False),
        ({"detail": {"deep": ["x"]}}, False),
        # prefix, suffix
        ({"source": [{"prefix": "aws."}]}, True),
        ({"source": [{"prefix": ""}]}, True),
        ({"source": [{"prefix": "AWS"}]}, False),
        ({"source": [{"prefix": {"equals-ignore-case": "AWS"}}]}, True),
        ({"detail": {"size": [{"prefix": "3"}]}}, False),
        ({"detail": {"file": [{"suffix": ".PNG"}]}}, True),
        ({"detail": {"file": [{"suffix": {"equals-ignore-case": ".png"}}]}}, True),
        ({"detail": {"file": [{"suffix": ".png"}]}}, False),
        ({"detail": {"state": [{"equals-ignore-case": "RUNNING"}]}}, True),
        # anything-but
        ({"detail": {"state": [{"anything-but": "Stopped"}]}}, True),
        ({"detail": {"state": [{"anything-but": "Running"}]}}, False),
        ({"detail": {"state": [{"anything-but": ["Running", "x"]}]}}, False),
        ({"detail": {"size": [{"anything-but": 300}]}}, False),
        ({"detail": {"size": [{"anything-but": [1, 0]}]}}, True),
        ({"detail": {"none": [{"anything-but": "x"}]}}, True),
        ({"detail": {"gone": [{"anything-but": "x"}]}}, False),
        ({"resources": [{"anything-but": "arn:aws:ec2:::instance/i-1"}]}, True),
        ({"detail": {"file": [{"anything-but": {"prefix": "dir"}}]}}, False),
        ({"detail": {"file": [{"anything-but": {"prefix": ["x", "dir"]}}]}}, False),
        ({"detail": {"size": [{"anything-but": {"prefix": "3"}}]}}, True),
        ({"detail": {"file": [{"anything-but": {"suffix": [".txt", ".png"]}}]}}, True),
        ({"detail": {"state": [{"anything-but": {"equals-ignore-case": ["running", "x"]}}]}}, False),
        ({"detail": {"file": [{"anything-but": {"wildcard": "*/a/*"}}]}}, False),
        ({"detail": {"file": [{"anything-but": {"wildcard": ["*/z/*", "x*"]}}]}}, True),
        # numeric
        ({"detail": {"size": [{"numeric": ["=", 300]}]}}, True),
        ({"detail": {"size": [{"numeric": [">", 299.9, "<=", 300]}]}}, True),
        ({"detail": {"size": [{"numeric": [">", 300]}]}}, False),
        ({"detail": {"ratio": [{"numeric": ["<", 1]}]}}, True),
        ({"detail": {"state": [{"numeric": ["<", 1]}]}}, False),
        ({"detail": {"yes": [{"numeric": ["=", 1]}]}}, False),
        # exists: of leaves only
        ({"detail": {"state": [{"exists": True}]}}, True),
        ({"detail": {"none": [{"exists": True}]}}, True),
        ({"detail": {"gone": [{"exists": True}]}}, False),
        ({"detail": {"gone": [{"exists": False}]}}, True),
        ({"detail": {"state": [{"exists": False}]}}, False),
        ({"detail": {"deep": [{"exists": True}]}}, False),
        ({"detail": {"deep": [{"exists": False}]}}, True),
        ({"detail": {"nothing": [{"exists": True}]}}, False),
        ({"gone": {"inner": [{"exists": False}]}}, True),
        ({"gone": {"inner": [{"exists": True}]}}, False),
        ({"detail": {"gone": ["x", {"exists": False}]}}, True),
        ({"detail": {"state": {"inner": [{"exists": False}]}}}, True),
        # cidr
        ({"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}}, True),
        ({"detail": {"ip": [{"cidr": "10.0.0.0/28"}]}}, False),
        ({"detail": {"ip6": [{"cidr": "2001:db8::/32"}]}}, True),
        ({"detail": {"ip6": [{"cidr": "10.0.0.0/8"}]}}, False),
        ({"detail": {"state": [{"cidr": "10.0.0.0/8"}]}}, False),
        # wildcard
        ({"detail": {"file": [{"wildcard": "dir/*/b.PNG"}]}}, True),
        ({"detail": {"file": [{"wildcard": "*"}]}}, True),
        ({"detail": {"file": [{"wildcard": "dir/*.png"}]}}, False),
        ({"detail": {"file": [{"wildcard": "dir/a/b.PNG"}]}}, True),
        ({"detail": {"file": [{"wildcard": "dir*dir*"}]}}, False),
        # arrays: one element has all
        ({"detail": {"parts": {"name": ["a"], "n": [1]}}}, True),
        ({"detail": {"parts": {"name": ["a"], "n": [2]}}}, False),
        ({"detail": {"parts": {"more": {"k": ["y"]}}}}, True),
        # dots are nesting
        ({"detail": {"deep.er.still": ["here"]}}, True),
        ({"detail.deep": {"er": {"still": ["here"]}}}, True),
        ({"detail": {"x": {"y": [1]}}}, True),
        ({"detail.deep.er.still": ["there"]}, False),
        # $or
        ({"$or": [{"source": ["x"]}, {"detail": {"state": ["Running"]}}]}, True),
        ({"source": ["aws.ec2"], "$or": [{"source": ["x"]}, {"detail": {"state": ["x"]}}]}, False),
        ({"detail": {"$or": [{"size": [{"numeric": [">", 1000]}]}, {"yes": [True]}]}}, True),
        ({"$or": ["a"]}, False),
        # a name given in two ways: both hold
        ({"detail": {"deep.er": {"still": ["here"]}, "deep": {"er": {"gone": [{"exists": False}]}}}}, True),
        ({"detail": {"deep.er": {"still": ["here"]}, "deep": {"er": {"still": ["x"]}}}}, False),
    ],
)
def test_matches(pattern: dict[str, Any], expected: bool) -> None:
    assert parse(json.dumps(pattern)).matches(EVENT) is expected


def test_a_member_named_or_is_a_member() -> None:
    assert parse('{"$or": ["a"]}').matches({"$or": "a"})


def test_escaped_wildcards_are_characters() -> None:
    pattern = parse(json.dumps({"a": [{"wildcard": r"x\*\\*y"}]}))
    assert pattern.matches({"a": r"x*\anything y"})
    assert not pattern.matches({"a": r"x-\anything y"})


def test_a_hostile_pattern_and_document_end_soon() -> None:
    pattern = parse(json.dumps({"a": [{"wildcard": "*a" * 200 + "*b"}]}))
    assert not pattern.matches({"a": "a" * 100_000})
    nested: Any = {"k": ["v"]}
    document: Any = [{"k": "w"}] * 10
    for _ in range(6):
        nested, document = {"n": nested, "m": nested}, [{"n": document, "m": document}] * 2
    assert not parse(json.dumps({"top": nested})).matches({"top": document})


def test_a_document_that_is_nested_too_deep_does_not_match() -> None:
    document: Any = "x"
    for _ in range(5000):
        document = {"a": [document]}
    assert not parse('{"a": [{"exists": true}]}').matches(document)
