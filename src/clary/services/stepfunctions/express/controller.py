"""The controller of express executions: each runs in a thread; when the process dies, it begins again, as AWS says it may."""

from __future__ import annotations

from clary.plane import Record, Step, World
from clary.services.stepfunctions.executions.life import logs
from clary.services.stepfunctions.executions.life.calls import Calls, calls_of
from clary.services.stepfunctions.executions.life.facts import definition_of
from clary.services.stepfunctions.executions.life.turn import caller_of, waker
from clary.services.stepfunctions.express.memory import Memory
from clary.services.stepfunctions.express.noun import EXPRESS
from clary.services.stepfunctions.integrations.calls import Outcome
from clary.services.stepfunctions.service import stepfunctions

_EXTRA = "stepfunctions.express"
_PATIENCE = 0.1
_LOOK, _FULL = 30.0, 0.2


@stepfunctions.controller(EXPRESS)
def run_express(record: Record, world: World) -> Step:
    """Run an execution, and write its log when it has ended."""
    runs: Calls = world.platform.extras.setdefault(_EXTRA, Calls())
    key = (record.arn, 0, 0)
    if not runs.is_going(key) and not runs.start(key, lambda: _run(record, world), waker(world, record)):
        return Step(after=_FULL)
    runs.wait([key], _PATIENCE)
    outcome = runs.take(key)
    if outcome is None:
        return Step(after=_LOOK)
    return Step(delete=True, calls=logs.calls(record, outcome.output or []))


def _run(record: Record, world: World) -> Outcome:
    with world.platform.store.read() as tx:
        definition = definition_of(tx, record)
    memory = Memory(world.platform, record, definition, caller_of(world, record), calls_of(world.platform))
    return Outcome(memory.go()[1])
