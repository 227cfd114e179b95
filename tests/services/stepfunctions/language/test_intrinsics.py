"""Intrinsic functions (https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html): AWS's own examples, and
what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from clary.services.stepfunctions.language import intrinsics
from clary.services.stepfunctions.language.errors import EvaluationError, Invalid
from clary.services.stepfunctions.language.scope import Scope

INPUT = {
    "array": [1, 2, 3, 4, 5, 6, 7, 8, 9],
    "chunk": 4,
    "twice": [1, 2, 3, 3, 2],
    "json1": {"a": {"a1": 1, "a2": 2}, "b": 2},
    "json2": {"a": {"a3": 1, "a4": 2}, "c": 3},
    "text": '{"foo": "bar"}',
    "split": "This.is+a,test=string",
    "by": ".+,=",
    "name": "Foo",
}


def call(text: str) -> Any:
    return Scope(INPUT).named(text, "x.$")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("States.Array($.chunk, 'a', true, null, 1.5)", [4, "a", True, None, 1.5]),
        ("States.ArrayPartition($.array, $.chunk)", [[1, 2, 3, 4], [5, 6, 7, 8], [9]]),
        ("States.ArrayContains($.array, 5)", True),
        ("States.ArrayContains($.array, true)", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayGetItem($.array, 5)", 6),
        ("States.ArrayLength($.array)", 9),
        ("States.ArrayUnique($.twice)", [1, 2, 3]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGVjb2RlZCBkYXRh')", "Decoded data"),
        ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.JsonMerge($.json1, $.json2, false)", {"a": {"a3": 1, "a4": 2}, "b": 2, "c": 3}),
        ("States.StringToJson($.text)", {"foo": "bar"}),
        ("States.JsonToString($.json1)", '{"a":{"a1":1,"a2":2},"b":2}'),
        ("States.MathAdd(111, -1)", 110),
        ("States.StringSplit($.split, $.by)", ["This", "is", "a", "test", "string"]),
        ("States.Format('Hello, my name is {}.', $.name)", "Hello, my name is Foo."),
        (r"States.Format('\'{}\' and \{\}', States.Array(1))", "'[1]' and {}"),
    ],
)
def test_what_a_function_returns(text: str, expected: Any) -> None:
    assert call(text) == expected


def test_random_numbers_and_ids() -> None:
    assert call("States.MathRandom(1, 1000, 7)") == call("States.MathRandom(1, 1000, 7)")
    assert all(1 <= call("States.MathRandom(1, 3)") < 3 for _ in range(20))
    assert call("States.UUID()") != call("States.UUID()")


@pytest.mark.parametrize(
    "text",
    [
        "States.ArrayPartition($.array, 0)",
        "States.ArrayRange(1, 2000, 1)",
        "States.ArrayRange(1, 2, 0)",
        "States.ArrayGetItem($.array, 9)",
        "States.Base64Decode('!')",
        "States.Hash('a', 'SHA-3')",
        "States.JsonMerge($.json1, $.json2, true)",
        "States.StringToJson('{')",
        "States.MathAdd(2147483647, 1)",
        "States.Format('{}')",
        "States.MathRandom(3, 3)",
    ],
)
def test_wrong_arguments_are_an_intrinsic_failure(text: str) -> None:
    with pytest.raises(EvaluationError) as failure:
        call(text)
    assert failure.value.error == "States.IntrinsicFailure"


@pytest.mark.parametrize(
    "text",
    [
        "States.Nope()",
        "States.UUID(1)",
        "States.Format('a'",
        "States.Format('a",
        r"States.Format('\x')",
        "States.UUID() x",
    ],
)
def test_other_texts_are_not_calls(text: str) -> None:
    with pytest.raises(Invalid):
        intrinsics.parse(text)


def test_calls_are_nested_ten_deep_and_no_deeper() -> None:
    def nested(depth: int) -> str:
        return "States.Array(" * depth + ")" * depth

    assert intrinsics.parse(nested(10)).name == "Array"
    with pytest.raises(Invalid, match="10 deep"):
        intrinsics.parse(nested(11))
