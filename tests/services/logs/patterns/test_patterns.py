"""Filter patterns against the examples of AWS's user guide (FilterAndPatternSyntax and the pages below it)."""

from __future__ import annotations

import json

import pytest

from clary.kernel import AwsError
from clary.services.logs.patterns import compile_pattern

EVENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "cluster.name": "c",
        "errors": 3,
        "ratio": 0.25,
        "good": True,
        "bad": False,
    }
)
ACCESS = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "message", "met"),
    [
        ("", "anything", True),
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("ERROR", "error", False),
        ("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", True),
        ("ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", False),
        ("?ERROR ?ARGUMENTS", "[WARN] ARGUMENTS", True),
        ("?ERROR ?ARGUMENTS", "[WARN] REQUEST", False),
        ("REQUEST ?ERROR", "BAD REQUEST", True),
        ("ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", True),
        ("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", False),
        ('"ERROR" - "Exiting"', "Exiting with ERRORCODE: -1", False),
        ('"ERROR" - "Exiting"', "[ERROR] A fatal exception has occurred", True),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "INTERNAL ERROR SERVER", False),
        (r'"say \"hi\""', 'to say "hi"', True),
        ("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", True),
        ("%^AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", False),
        (r"%10\.10\.0\.1{1,2}%", "from 10.10.0.11", True),
    ],
)
def test_terms(pattern: str, message: str, met: bool) -> None:
    assert compile_pattern(pattern)(message) is met


@pytest.mark.parametrize(
    ("pattern", "met"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ('{ $.eventType = "updatetrail" }', False),
        ("{ $.eventType = UpdateTrail }", True),
        ("{ $.eventType = %Trail% }", True),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress != 111.111.* }", False),
        ("{ $.sourceIPAddress = *.111 }", True),
        ("{ $.eventType = *pda* }", True),
        ("{ $.eventType = Up*Trail }", False),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[1] = "value" }', False),
        ('{ $.arrayKey[7] = "value" }', False),
        ('{ $.arrayKey[*] = "another value" }', True),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[*].id > 2 }", False),
        ('{ $.arrayKey = "value" }', False),
        ("{ $.['cluster.name'] = \"c\" }", True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject IS NULL }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.good IS TRUE && $.bad IS FALSE }", True),
        ("{ $.bad IS TRUE }", False),
        ("{ $.errors >= 3 }", True),
        ("{ $.errors > 3 }", False),
        ("{ $.ratio < 3e-1 }", True),
        ("{ $.errors = 3.0 }", True),
        ("{ $.errors != 4 }", True),
        ("{ $.missing != 4 }", False),
        ('{ $.errors = "*" }', True),
        ('{ ($.errors = 1 || $.errors = 3) && ($.eventType = "Update*") }', True),
        ('{ $.errors = 3 || $.errors = 1 && $.eventType = "no" }', True),
        ('{ ($.errors = 3 || $.errors = 1) && $.eventType = "no" }', False),
    ],
)
def test_documents(pattern: str, met: bool) -> None:
    assert compile_pattern(pattern)(EVENT) is met


def test_text_is_no_document() -> None:
    accepts = compile_pattern("{ $.a NOT EXISTS }")
    assert not accepts("plain text")
    assert accepts("{}")


@pytest.mark.parametrize(
    ("pattern", "met"),
    [
        ("[ip, id, user, timestamp, request, status_code, size]", True),
        ("[ip, id, user, timestamp, request, status_code]", False),
        ("[ip, id, user, timestamp, request, status_code, size, more]", False),
        ("[ip, id, user, timestamp, request =*.html*, status_code = 4*, size]", True),
        ("[ip, id, user, timestamp, request, status_code = 5*, size]", False),
        ("[ip, id, user, timestamp, request, status_code, size > 1000]", True),
        ("[ip, id, user, timestamp, request, status_code, size < 1000]", False),
        ("[..., status_code = 404, size]", True),
        ("[..., request = *.html*, status_code = 4*,]", True),
        ("[, , user = frank, ...]", True),
        ("[ip = 127.*, ...]", True),
        ("[ip != 127.*, ...]", False),
        ("[ip, ..., size = 1534]", True),
        ("[..., status_code = 404 || status_code = 410, size]", True),
        ("[..., status_code > 400 && status_code < 404, size]", False),
        ("[ip, id, user, timestamp, request = %GET.*html%, ...]", True),
        ('[ip, id, user, timestamp, request = "GET /index.html HTTP/1.0", ...]', True),
        ("[ip, id, user, timestamp = *Oct*, ...]", True),
    ],
)
def test_fields(pattern: str, met: bool) -> None:
    assert compile_pattern(pattern)(ACCESS) is met


@pytest.mark.parametrize(
    "pattern",
    [
        '"unfinished',
        "{ $.a = 1",
        "{ a = 1 }",
        "{ $.a }",
        "{ $.a = }",
        "{ $.a > x }",
        "{ $.a IS GREAT }",
        "{ $.a NOT THERE }",
        "{ $.a = 1 } more",
        "{ $.a = 1 && }",
        "[a, b",
        "[..., a, ...]",
        "[a = 1 || b = 2]",
        "{" + "(" * 500 + " $.a = 1 " + ")" * 500 + "}",
        "%(a)+%",
        "%[%",
    ],
)
def test_patterns_that_make_no_sense(pattern: str) -> None:
    with pytest.raises(AwsError) as caught:
        compile_pattern(pattern)
    assert caught.value.code == "InvalidParameterException"


def test_a_term_with_other_characters_needs_quotation_marks() -> None:
    with pytest.raises(AwsError, match="Invalid character"):
        compile_pattern("request-id")
    assert compile_pattern('"request-id"')("the request-id is 1")
