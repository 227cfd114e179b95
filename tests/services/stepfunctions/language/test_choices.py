"""Choice rules in JSONPath (https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html)."""

from __future__ import annotations

from typing import Any

import pytest

from clary.services.stepfunctions.language import choices
from clary.services.stepfunctions.language.errors import EvaluationError
from clary.services.stepfunctions.language.scope import Scope

INPUT = {
    "n": 5,
    "s": "log-2024.txt",
    "b": True,
    "z": None,
    "t": "2024-01-02T03:04:05Z",
    "m": 7,
    "star": "a*b",
}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Variable": "$.n", "NumericEquals": 5}, True),
        ({"Variable": "$.n", "NumericLessThanPath": "$.m"}, True),
        ({"Variable": "$.s", "NumericEquals": 5}, False),
        ({"Variable": "$.b", "NumericEquals": 1}, False),
        ({"Variable": "$.b", "BooleanEquals": True}, True),
        ({"Variable": "$.s", "StringGreaterThan": "a"}, True),
        ({"Variable": "$.s", "StringMatches": "log-*.txt"}, True),
        ({"Variable": "$.s", "StringMatches": "log-*.csv"}, False),
        ({"Variable": "$.star", "StringMatches": "a\\*b"}, True),
        ({"Variable": "$.s", "StringMatches": "log-\\*.txt"}, False),
        ({"Variable": "$.t", "TimestampLessThan": "2024-01-02T05:00:00+01:00"}, True),
        ({"Variable": "$.t", "IsTimestamp": True}, True),
        ({"Variable": "$.z", "IsNull": True}, True),
        ({"Variable": "$.z", "IsPresent": True}, True),
        ({"Variable": "$.no", "IsPresent": False}, True),
        ({"Variable": "$.n", "IsString": False}, True),
        (
            {
                "And": [
                    {"Variable": "$.n", "IsNumeric": True},
                    {"Not": {"Variable": "$.b", "IsBoolean": False}},
                ]
            },
            True,
        ),
        ({"Or": [{"Variable": "$.n", "NumericEquals": 1}, {"Variable": "$.n", "NumericEquals": 2}]}, False),
    ],
)
def test_whether_a_rule_holds(rule: dict[str, Any], expected: bool) -> None:
    assert choices.holds(rule, Scope(INPUT)) is expected


def test_a_path_that_names_nothing_is_a_runtime_error() -> None:
    with pytest.raises(EvaluationError, match=r"\$\.no") as failure:
        choices.holds({"Variable": "$.no", "NumericEquals": 1}, Scope(INPUT))
    assert failure.value.error == "States.Runtime"


def test_many_stars_take_no_longer() -> None:
    assert not choices.matches("a" * 5_000, "*a" * 100 + "*b")
