"""Which steps may begin, from what became of the others; and the names of what they create."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from clary.plane import Record
from clary.services.sagemaker.pipelines.definition import parse
from clary.services.sagemaker.pipelines.executions import names
from clary.services.sagemaker.pipelines.executions.plan import SUCCEEDED, Plan, Progress
from tests.services.sagemaker.pipeline_bench import condition

ALWAYS = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}


def step(name: str, *after: str) -> dict[str, Any]:
    """Return a step that creates nothing."""
    return {
        "Name": name,
        "Type": "Condition",
        "Arguments": {"Conditions": [ALWAYS]},
        "DependsOn": list(after),
    }


def gate(
    name: str, yes: list[dict[str, Any]], no: list[dict[str, Any]], after: tuple[str, ...] = ()
) -> dict[str, Any]:
    return condition(name, 1, 1, yes, no, DependsOn=list(after))


def plan(*steps: dict[str, Any]) -> Plan:
    return Plan(parse(json.dumps({"Version": "2020-12-01", "Steps": list(steps)})))


def ready(what: Plan, done: str = "", failed: str = "", chosen: str | None = None, **outcomes: bool) -> str:
    """Return the steps that may begin, when these have succeeded and those failed."""
    statuses = dict.fromkeys(done.split(), SUCCEEDED) | dict.fromkeys(failed.split(), "Failed")
    progress = Progress(statuses, outcomes, None if chosen is None else chosen.split())
    return " ".join(what.ready(progress))


def test_steps_in_the_order_of_what_they_wait_for() -> None:
    diamond = plan(step("d", "b", "c"), step("a"), step("b", "a"), step("c", "a"))
    assert ready(diamond) == "a"
    assert ready(diamond, "a") == "b c"
    assert ready(diamond, "a b") == "c"
    assert ready(diamond, "a b c") == "d"
    assert ready(diamond, "a b c d") == ""


def test_what_waits_for_a_failed_step_never_begins() -> None:
    assert ready(plan(step("a"), step("b", "a"), step("c")), failed="a") == "c"


def test_branches() -> None:
    branches = plan(gate("g", [step("x"), step("x2", "x")], [step("y")]), step("after", "g"), step("of", "y"))
    assert ready(branches, "g", g=True) == "x"
    assert ready(branches, "g x", g=True) == "x2"
    # What is outside waits for the branch that is taken; what waits for the other one does not run at all.
    assert ready(branches, "g x x2", g=True) == "after"
    assert ready(branches, "g x x2 after", g=True) == ""
    assert ready(branches, "g", g=False) == "y"
    assert ready(branches, "g y", g=False) == "after of"


def test_branches_within_branches() -> None:
    inner = gate("inner", [step("x")], [step("y")])
    nested = plan(gate("outer", [inner], [step("z")]), step("after", "outer"))
    assert ready(nested, "outer", outer=False) == "z"
    assert ready(nested, "outer z", outer=False) == "after"
    assert ready(nested, "outer inner", outer=True, inner=False) == "y"
    assert ready(nested, "outer inner y", outer=True, inner=False) == "after"


def test_only_chosen_steps() -> None:
    chain = plan(step("a"), step("b", "a"), step("c", "b"))
    assert chain.needed(["b"]) == {"a"}
    assert chain.between(["a", "c"]) == {"b"}
    assert ready(chain, "a", chosen="b") == "b"
    assert ready(chain, "a b", chosen="b") == ""


@pytest.mark.parametrize("longest", [32, 63])
@pytest.mark.parametrize("name", ["Train", "My_Long-Step_" * 4, "-" * 30])
def test_names_are_valid_and_follow_from_the_attempt(name: str, longest: int) -> None:
    execution = Record(
        "k", "s", "p/0123456789ab", "arn:aws:sagemaker:us-east-1:1:pipeline/p/execution/0123456789ab"
    )
    made = names.child(execution, name, 1, longest=longest)
    assert len(made) <= longest
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", made)
    assert made == names.child(execution, name, 1, longest=longest)
    assert made != names.child(execution, name, 2, longest=longest)
    own = names.child(execution, name, 1, prefix="my-" * 30, longest=longest)
    assert len(own) <= longest
    assert own.startswith("my-")
