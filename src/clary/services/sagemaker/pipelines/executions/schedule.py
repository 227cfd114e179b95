"""The controller of executions: which steps begin, and when an execution has ended. Its steps have controllers of their own
(steps.py), and the change feed wakes an execution when one of them has ended (wakeups.py).

Private members: `steps` (what is known of each step that was begun: `Running`, or the status in which it ended),
`outcomes` (of Condition steps) and `attempts` (the number of the last attempt of steps that RetryPipelineExecution begins
again).

When a step has failed, no further step begins; those that run go on, and the execution fails when they have ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from clary.plane import Record, Step, World, revise
from clary.plane.signals import DUE
from clary.plane.unit import Unit
from clary.services.sagemaker.pipelines.executions.noun import (
    EXECUTION,
    STEP,
    STOPPING,
    is_over,
    name_of,
    step_id,
)
from clary.services.sagemaker.pipelines.executions.plan import SUCCEEDED, Plan, Progress
from clary.services.sagemaker.pipelines.executions.plans import plan_of
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Exists

RUNNING = "Running"
FAILED = "Step failure: One or multiple steps failed."


@sagemaker.controller(EXECUTION)
def move(execution: Record, world: World) -> Step:
    """Note which steps have ended; begin others, or end."""
    if is_over(execution):
        return Step()
    progress = _refreshed(execution, world)
    if execution.status == STOPPING:
        return _stop(execution, world, progress)
    if "Failed" in progress.statuses.values() or "Stopped" in progress.statuses.values():
        return _noted(progress, None if running(progress) else "Failed")
    plan = plan_of(world.platform.store, execution)
    fresh = plan.ready(progress)[: _room(execution, progress)]
    if not fresh and not running(progress):
        return _noted(progress, SUCCEEDED)
    return _begin(execution, world, plan, progress, fresh)


def running(progress: Progress) -> list[str]:
    """Return the steps that were begun and have not ended."""
    return [name for name, status in progress.statuses.items() if status == RUNNING]


def progress_of(execution: Record) -> Progress:
    """Return what an execution's record says of its steps."""
    private = execution.private
    return Progress(private.get("steps", {}), private.get("outcomes", {}), private.get("chosen"))


def _refreshed(execution: Record, world: World) -> Progress:
    """Return what is known of the steps, with those that have ended meanwhile."""
    known = progress_of(execution)
    statuses, outcomes = dict(known.statuses), dict(known.outcomes)
    with world.platform.store.read() as tx:
        found = {
            name: tx.get(STEP.kind, execution.scope, step_id(execution, name)) for name in running(known)
        }
    for name, step in found.items():
        if step is None:
            del statuses[name]
        elif is_over(step):
            statuses[name] = step.status
            outcomes |= outcome_of(step)
    return Progress(statuses, outcomes, known.chosen)


def outcome_of(step: Record) -> Mapping[str, bool]:
    """Return the outcome of a Condition step by its name; nothing for any other step."""
    condition = step.observed.get("Metadata", {}).get("Condition")
    return {name_of(step): condition["Outcome"] == "True"} if condition else {}


def _room(execution: Record, progress: Progress) -> int | None:
    """Return how many steps may begin; None for any number."""
    most = execution.spec.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps")
    return None if most is None else max(0, most - len(running(progress)))


def _noted(progress: Progress, status: str | None = None) -> Step:
    """Return the step that keeps what is known, and ends the execution where there is a status."""
    kept = {"steps": dict(progress.statuses), "outcomes": dict(progress.outcomes)}
    return Step(status, {"FailureReason": FAILED} if status == "Failed" else {}, private=kept)


def _begin(execution: Record, world: World, plan: Plan, progress: Progress, fresh: Iterable[str]) -> Step:
    """Make the records of steps, which their controller handles at once. Look again where one is there already: this step was
    written once, and the next write was not, so what wakes the execution may have come before."""
    statuses = {**progress.statuses, **dict.fromkeys(fresh, RUNNING)}
    known = False
    with world.platform.transaction(write=True) as unit:
        if _is_current(unit, execution):
            for name in fresh:
                known |= not _is_new(unit, new_step(execution, plan, name, world.now))
            unit.notify(DUE)
    noted = _noted(Progress(statuses, progress.outcomes, progress.chosen))
    return replace(noted, after=0.0) if known else noted


def _is_new(unit: Unit, step: Record) -> bool:
    """Insert a step; return whether it was not there."""
    try:
        unit.tx.insert(step)
    except Exists:
        return False
    return True


def _is_current(unit: Unit, execution: Record) -> bool:
    """Return whether nobody has written the execution since it was read: it may be stopping by now."""
    found = unit.tx.get(execution.kind, execution.scope, execution.id)
    return found is not None and found.version == execution.version


def new_step(execution: Record, plan: Plan, name: str, now: float) -> Record:
    """Return the record of a step that begins now."""
    step = plan.steps[name]
    attempt = execution.private.get("attempts", {}).get(name, 0) + 1
    spec: dict[str, Any] = {"StepName": name, "StepType": step.type}
    spec |= {"StepDisplayName": step.display_name} if step.display_name else {}
    spec |= {"StepDescription": step.description} if step.description else {}
    return Record(
        kind=STEP.kind,
        scope=execution.scope,
        id=step_id(execution, name),
        arn=f"{execution.arn.partition(':pipeline/')[0]}:pipeline-step/{step_id(execution, name)}",
        status="Starting",
        doc={"spec": spec, "status": {"AttemptCount": attempt}, "private": {}},
        created=now,
        modified=now,
        due=now,
        parent=execution.arn,
    )


def _stop(execution: Record, world: World, progress: Progress) -> Step:
    """Tell the steps that run to stop; the last one to end wakes the execution."""
    left = running(progress)
    if not left:
        return _noted(progress, "Stopped")
    with world.platform.transaction(write=True) as unit:
        for name in left:
            step = unit.tx.get(STEP.kind, execution.scope, step_id(execution, name))
            if step is not None and not is_over(step) and step.status != STOPPING:
                unit.tx.update(revise(step, status=STOPPING, due=world.now, modified=world.now))
        unit.notify(DUE)
    return _noted(progress)
