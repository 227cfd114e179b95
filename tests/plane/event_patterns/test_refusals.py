"""What is refused: reasons and places as AWS said them (recorded answers of EventBridge), the rest in the same form."""

from __future__ import annotations

import pytest

from clary.plane.event_patterns import BadPattern, parse


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        ('{"resources": []}', "Empty arrays are not allowed", 17),
        ('{"int": 42}', '"int" must be an object or an array', 11),
        ('["not", "a", "dict", "but valid json"]', "Filter is not an object", 2),
        (
            '{"not": closed mark"',
            "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            15,
        ),
        (
            "{'bad': 'quotation'}",
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
            2,
        ),
        (
            '{"detail": {"state": [{"anything-but": null}]}}',
            "Value of anything-but must be an array or single string/number value.",
            44,
        ),
        (
            '{"detail": {"FileName": [{"anything-but": {"suffix": ""}}]}}',
            "Null prefix/suffix not allowed",
            56,
        ),
        ('{"time": [{"prefix": ["2022-07-13"]}]}', "prefix match pattern must be a string", 23),
        ('{"FileName": [{"suffix": [".png"]}]}', "suffix match pattern must be a string", 27),
        (
            '{"detail": {"sourceIPAddress": [{"cidr": ["bad-type"]}]}}',
            "prefix match pattern must be a string",
            43,
        ),
        ('{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}', "Unrecognized match type NUMERIC", 36),
        (
            '{"detail-type": [{"equals-ignore-case": {"prefix": "ec2"}}]}',
            "equals-ignore-case match pattern must be a string",
            42,
        ),
        ("{}", "Empty objects are not allowed", 3),
        ('{"a": {}}', "Empty objects are not allowed", 9),
        ('{"a": [["b"]]}', "Match value must be String, number, true, false, or null", 9),
        ('{"a": [{"exists": 1}]}', "exists match pattern must be either true or false.", 20),
        (
            '{"a": [{"prefix": "b", "suffix": "c"}]}',
            "Only one key allowed in match expression",
            35,
        ),
        # recorded/sns/test_sns_filter_policy.json: the places of strings
        ('{"key_a":"value_one"}', '"key_a" must be an object or an array', 11),
        (
            '{"key":[{"suffix":"value","prefix":"value2"}]}',
            "Only one key allowed in match expression",
            37,
        ),
        ('{"key":[{"suffix":null}]}', "suffix match pattern must be a string", 23),
        ('{"key":[{"suffix":[]}]}', "suffix match pattern must be a string", 20),
    ],
)
def test_a_reason_has_its_place(text: str, reason: str, column: int) -> None:
    with pytest.raises(BadPattern) as caught:
        parse(text)
    assert str(caught.value) == f'{reason}\n at [Source: (String)"{text}"; line: 1, column: {column}]'


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        (
            '{"detail": {"state": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}}',
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
            67,
        ),
        (
            '{"detail": {"FileName": [{"anything-but": {"suffix": [null, ".txt"]}}]}}',
            "prefix/suffix match pattern must be a string",
            59,
        ),
        (
            '{"detail": {"state": [{"anything-but": {"wildcard": [123, "*/dir/*"]}}]}}',
            "wildcard match pattern must be a string",
            57,
        ),
    ],
)
def test_in_lists_of_anything_but_the_place_is_said_twice(text: str, reason: str, column: int) -> None:
    with pytest.raises(BadPattern) as caught:
        parse(text)
    assert str(caught.value) == reason + f'\n at [Source: (String)"{text}"; line: 1, column: {column}]' * 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
        ('{"a": [{"cidr": "xx.11.xx/8"}]}', "Nonstandard IP address: xx.11.xx"),
        ('{"a": [{"cidr": "10.0.0.0/x"}]}', "Malformed CIDR, mask bits must be an integer"),
    ],
)
def test_networks_have_no_place(text: str, reason: str) -> None:
    with pytest.raises(BadPattern) as caught:
        parse(text)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a"',
        '{"a": ["b"',
        '{"a": ["b" "c"]}',
        '{"a": ["b"]} x',
        '{"a": ["\x01"]}',
        '{"a": [{}]}',
        '{"a": [{"anything-but": {}}]}',
        '{"a": [{"anything-but": []}]}',
        '{"a": [{"anything-but": ["b", 1]}]}',
        '{"a": [{"anything-but": {"numeric": ["=", 1]}}]}',
        '{"a": [{"numeric": 1}]}',
        '{"a": [{"numeric": []}]}',
        '{"a": [{"numeric": ["="]}]}',
        '{"a": [{"numeric": ["!", 1]}]}',
        '{"a": [{"numeric": ["=", 1, "<", 2]}]}',
        '{"a": [{"numeric": [">", 3, "<", 2]}]}',
        '{"a": [{"numeric": [">", 3, ">", 4]}]}',
        '{"a": [{"wildcard": "a**b"}]}',
        '{"a": [{"wildcard": "a\\\\b"}]}',
        '{"a": [{"cidr": "10.0.0.0/33"}]}',
        "[" * 5000,
    ],
)
def test_others_are_refused(text: str) -> None:
    with pytest.raises(BadPattern):
        parse(text)
