"""Bounds on what a user's definition may take (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."""

from __future__ import annotations

from typing import Any

import pytest

from clary.services.stepfunctions.interpreter import data
from tests.services.stepfunctions.bench import Bench, single

LARGE = "x" * 100_000


def test_a_result_of_more_than_256_kib(bench: Bench) -> None:
    state = {"Type": "Pass", "Parameters": {"a.$": "$.x", "b.$": "$.x", "c.$": "$.x"}}
    end = bench.run(single(state), {"x": LARGE})
    cause = "The state/task 'S' returned a result with a size exceeding the maximum number of bytes service limit."
    assert (end["error"], end["cause"]) == ("States.DataLimitExceeded", cause)


def test_the_results_of_a_map_together(bench: Bench) -> None:
    inner = {
        "StartAt": "I",
        "States": {"I": {"Type": "Pass", "Parameters": {"v.$": "$$.Execution.Input.x"}, "End": True}},
    }
    end = bench.run(
        single({"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": inner}),
        {"x": LARGE, "items": [1, 2, 3]},
    )
    assert end["error"] == "States.DataLimitExceeded"


def test_variables_together(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from clary.services.stepfunctions.interpreter import engine

    monkeypatch.setattr(engine, "_MOST_VARIABLES", 150_000)
    states: dict[str, Any] = {
        "A": {"Type": "Pass", "Assign": {"a.$": "$.x"}, "Next": "B"},
        "B": {"Type": "Pass", "Assign": {"b.$": "$.x"}, "End": True},
    }
    end = bench.run({"StartAt": "A", "States": states}, {"x": LARGE})
    assert (end["error"], end["cause"]) == (
        "States.DataLimitExceeded",
        "The variables of the execution are larger than 10 MiB.",
    )


@pytest.mark.parametrize(
    ("state", "more", "error"),
    [
        ({"Type": "Pass", "Parameters": {"a.$": "$.x"}}, {}, "States.Runtime"),
        ({"Type": "Pass", "Output": "{% 1 %}"}, {"QueryLanguage": "JSONata"}, "States.QueryEvaluationError"),
    ],
)
def test_the_time_of_a_state(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, state: dict[str, Any], more: dict[str, Any], error: str
) -> None:
    monkeypatch.setattr(data, "_MOST_SECONDS", -1.0)
    end = bench.run(single(state, **more), {"x": 1})
    assert end["error"] == error
    assert "took too much time" in end["cause"]


def test_a_look_that_takes_too_long_goes_on_later(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long chain is moved in several looks, and its history has no gap."""
    from clary.services.stepfunctions.executions.life import turn
    from tests.services.stepfunctions.bench import passes

    monkeypatch.setattr(turn, "_AT_ONCE", 7)
    monkeypatch.setattr(turn, "_LONGEST", -1.0)  # one step is made in each look
    end = bench.run(passes(30))
    assert end["status"] == "SUCCEEDED"
    assert [event["id"] for event in bench.events(end["executionArn"])] == list(range(1, 63))


def test_a_result_of_an_expression_that_is_too_large(bench: Bench) -> None:
    end = bench.run(
        single({"Type": "Pass", "Output": "{% $pad('', 5000000, 'x') %}"}, QueryLanguage="JSONata")
    )
    assert end["error"] == "States.QueryEvaluationError"
    assert end["cause"].endswith("The result is too large.")
