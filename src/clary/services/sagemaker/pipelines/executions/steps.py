"""The controller of steps: one attempt after the other, each by the type of the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from clary.plane import Record, Step, World
from clary.services.sagemaker.pipelines.executions import decide, jobs, lineage, quality, register
from clary.services.sagemaker.pipelines.executions.attempt import Attempt
from clary.services.sagemaker.pipelines.executions.noun import EXECUTION, STEP, is_over, name_of
from clary.services.sagemaker.pipelines.executions.plans import plan_of
from clary.services.sagemaker.service import sagemaker

_TYPES: Mapping[str, Callable[[Attempt], Step]] = {
    **dict.fromkeys(
        ("Training", "Processing", "Transform", "Tuning", "Model", "EndpointConfig", "Endpoint"), jobs.move
    ),
    "QualityCheck": quality.move,
    "RegisterModel": register.move,
    "Lineage": lineage.move,
    "Condition": decide.condition,
    "Fail": decide.fail,
}
# Their controller waits for nothing, so they end before they could be stopped.
_AT_ONCE = ("RegisterModel", "Lineage", "Condition", "Fail")


@sagemaker.controller(STEP)
def move(step: Record, world: World) -> Step:
    """Move a step one step."""
    if is_over(step):
        return Step()
    attempt = _attempt(step, world)
    if attempt is None:
        return Step(delete=True)
    if attempt.stopping and attempt.step.type in _AT_ONCE:
        return attempt.stopped()
    wait = step.private.get("wait")
    if wait is not None and world.business.now < wait and not attempt.stopping:
        return Step(until=wait)
    return _TYPES[attempt.step.type](attempt)


def _attempt(step: Record, world: World) -> Attempt | None:
    """Return the attempt that a record is about; None where its execution was deleted."""
    execution = world.get(EXECUTION.kind, step.id.rpartition("/")[0])
    if execution is None:
        return None
    plan = plan_of(world.platform.store, execution)
    return Attempt(step, world, execution, plan, plan.steps[name_of(step)])
