"""The order of steps: every step that one waits for exists and can be waited for, and none waits for itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

from clary.services.sagemaker.pipelines.definition.says import member, unparsable
from clary.services.sagemaker.pipelines.definition.types import Step


def check_order(steps: Mapping[str, Step]) -> None:
    """Raise ValidationException for a step that waits for an unknown step, a Fail step, or for itself by any way."""
    for step in steps.values():
        for name in sorted(step.depends_on):
            if name not in steps:
                raise unparsable(f"There is no step '{name}'.", member(f"step {step.name}", "DependsOn"))
            if (
                steps[name].type == "Fail"
            ):  # AWS's words, in test_fail_steps.py of the SDK's integration tests
                raise unparsable(f"{step.name} can not depends on {name}.")
    around = {name: _around(steps, step) for name, step in steps.items()}
    inside = {
        condition: {name for name in steps if condition in around[name]}
        for condition in {one for conditions in around.values() for one in conditions}
    }
    waits = {name: _waits_for(step, around[name], inside) for name, step in steps.items()}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        cycle = " -> ".join(reversed(error.args[1]))
        raise unparsable(f"The steps wait for each other: {cycle}.") from None


def _waits_for(step: Step, around: Collection[str], inside: Mapping[str, set[str]]) -> set[str]:
    """Return what a step waits for. One that depends on a Condition step from outside waits for its branches too."""
    others = (name for name in step.depends_on if name not in around)
    return set(step.depends_on).union(*(inside.get(name, ()) for name in others))


def _around(steps: Mapping[str, Step], step: Step) -> set[str]:
    """Return the Condition steps that a step stands in."""
    found: set[str] = set()
    while step.branch is not None:
        found.add(step.branch.condition)
        step = steps[step.branch.condition]
    return found
