"""JSONata (https://docs.jsonata.org), with what Step Functions adds and takes away
(https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html)."""

from __future__ import annotations

from typing import Any

import pytest

from clary.services.stepfunctions.language import jsonata
from clary.services.stepfunctions.language.errors import EvaluationError
from clary.services.stepfunctions.language.jsonata import evaluators

BINDINGS: dict[str, Any] = {
    "states": {"input": {"a": 1, "none": None, "orders": [{"n": 2, "p": 3}, {"n": 1, "p": 10}]}},
    "v": [1, 2],
}


def evaluate(value: Any) -> Any:
    return jsonata.resolve(value, "Output", lambda: BINDINGS)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$states.input.a + 1", 2),
        ("$states.input.none", None),
        ("$states.input.orders.(n * p)", [6, 10]),
        ("$sum($states.input.orders.(n * p))", 16),
        ("$states.input.orders[p > 5].n", 1),
        ("$v[0]", 1),
        ("[1..4]", [1, 2, 3, 4]),
        ("$merge([{'a': 1}, {'b': 2}])", {"a": 1, "b": 2}),
        ("$map($v, function($x) { $x * 2 })", [2, 4]),
        ("{'a': null, 'b': 1.0}", {"a": None, "b": 1}),
        ("10 / 4", 2.5),
        ("$uppercase('x') & 'y'", "Xy"),
        ("$match('ab', /a(b)/).groups[0]", "b"),
        ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 1, 0.5)", [0, 0.5, 1]),
        ("$hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("$parse('{\"a\": null}')", {"a": None}),
        ("$random(3) = $random(3)", True),
        ("$length($uuid())", 36),
        ("($f := function($n) { $n > 0 ? 1 + $f($n - 1) : 0 }; $f(40))", 40),
    ],
)
def test_what_an_expression_returns(expression: str, expected: Any) -> None:
    assert evaluate("{% " + expression + " %}") == expected


def test_expressions_stand_anywhere_in_a_field_and_only_whole_strings_are_some() -> None:
    field = {"a": ["{% $v[1] %}", " {% $v %}", 1], "{% x %}": None}
    assert evaluate(field) == {"a": [2, " {% $v %}", 1], "{% x %}": None}


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("$nope", r"'\$nope' specified for the field 'Output/x' returned nothing \(undefined\)"),
        ("1 + 'a'", "must evaluate to a number"),
        ("$eval('1')", "Attempted to invoke a non-function"),
        ("function($x) { 1 }", "is a function"),
        ("1 / 0", "threw an error during evaluation"),
    ],
)
def test_what_fails_is_a_query_evaluation_error(expression: str, problem: str) -> None:
    with pytest.raises(EvaluationError, match=problem) as failure:
        evaluate({"x": "{% " + expression + " %}"})
    assert (failure.value.error, failure.value.location) == ("States.QueryEvaluationError", "Output/x")


@pytest.mark.parametrize(
    "expression",
    [
        "($f := function($x) { $f($x + 1) }; $f(1))",
        "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /(a+)+$/)",
        "$pad('', 2000000000)",
    ],
)
def test_time_and_memory_have_bounds(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluators, "SECONDS", 0.3)
    with pytest.raises(EvaluationError):
        evaluate("{% " + expression + " %}")
    assert evaluate("{% 1 %}") == 1


def test_syntax_is_checked_without_evaluation() -> None:
    good, bad = evaluators.EVALUATORS.problems(["$a.b", "("])
    assert good is None
    assert bad is not None
