"""JSONPath in AWS's dialect (https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html)."""

from __future__ import annotations

from typing import Any

import pytest

from clary.services.stepfunctions.language import paths
from clary.services.stepfunctions.language.errors import EvaluationError, Invalid
from clary.services.stepfunctions.language.paths.reference import Unfit
from clary.services.stepfunctions.language.scope import Scope

DOCUMENT = {
    "a": [1, 2, {"b": 3}],
    "c d": 1,
    "items": [{"price": 1, "kind": "x"}, {"price": 9, "kind": "y"}, {"kind": "yy"}],
    "none": None,
}


def find(text: str) -> Any:
    return paths.find(paths.parse(text), DOCUMENT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.a[0]", 1),
        ("$.a[-1].b", 3),
        ("$['c d']", 1),
        ('$["c d"]', 1),
        ("$.none", None),
        ("$..price", [1, 9]),
        ("$.items[*].kind", ["x", "y", "yy"]),
        ("$.a[0:2]", [1, 2]),
        ("$.a[1:]", [2, {"b": 3}]),
        ("$.a[0,1]", [1, 2]),
        ("$.items[?(@.price > 3)].kind", ["y"]),
        ("$.items[?(@.price)].price", [1, 9]),
        ("$.items[?(@.kind == 'x' || @.kind == 'y')].price", [1, 9]),
        ("$.items[?(!(@.price))].kind", ["yy"]),
        ("$.items[?(@.kind =~ /y+/)].kind", ["y", "yy"]),
        ("$.items[?(@.kind in ['x', 'z'])].kind", ["x"]),
        ("$.items[7:9]", []),
        ("$.items.length()", 3),
        ("$..price.max()", 9),
    ],
)
def test_what_a_path_finds(text: str, expected: Any) -> None:
    assert find(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$.no.such.path", r"Missing property in path \$\['no'\]"),
        ("$.no", r"No results for path: \$\['no'\]"),
        ("$.a[9]", r"No results for path: \$\['a'\]\[9\]"),
    ],
)
def test_what_is_missing_is_said_as_jayway_says_it(text: str, message: str) -> None:
    """The sentences of test_catch_states_runtime and test_invalid_jsonpath in the recordings."""
    with pytest.raises(paths.Missing, match=message):
        find(text)


@pytest.mark.parametrize(
    "text", ["", "a", "$.", "$[", "$.a[", "$.a[x]", "$['a]", "$.a[?(@.b]", "$.a b", "$.f()"]
)
def test_other_texts_are_not_paths(text: str) -> None:
    with pytest.raises(Invalid):
        paths.parse(text)


def test_a_path_may_not_look_at_too_many_values() -> None:
    deep: list[Any] = [0]
    for _ in range(120):
        deep = [deep]
    with pytest.raises(EvaluationError, match="too many values"):
        paths.find(paths.parse("$..[?(@..[?(@..[?(@..[0])])])]"), deep)


def test_context_and_variables_are_other_roots() -> None:
    scope = Scope({}, {"Execution": {"Id": "e"}}, {"v": {"x": 5}})
    assert (scope.find("$$.Execution.Id"), scope.find("$v.x")) == ("e", 5)
    with pytest.raises(EvaluationError, match=r"'\$w' does not exist"):
        scope.find("$w")


def test_a_result_is_put_into_a_place_that_is_made() -> None:
    path = paths.parse("$.a.b")
    assert path.is_reference
    assert paths.put(path, {"c": 1}, 2) == {"c": 1, "a": {"b": 2}}
    with pytest.raises(Unfit):
        paths.put(path, {"a": 1}, 2)
    assert not paths.parse("$.a[*]").is_reference
