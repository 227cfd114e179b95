"""The controller of executions."""

from __future__ import annotations

from clary.plane import Record, Step, World
from clary.plane.signals import DUE
from clary.services.stepfunctions.executions.life.turn import Turn, caller_of
from clary.services.stepfunctions.executions.noun import EXECUTION, RUNNING
from clary.services.stepfunctions.integrations import calls
from clary.services.stepfunctions.maps import wait
from clary.services.stepfunctions.service import stepfunctions
from clary.store.api import Stale

_BUSY = 0.05


@stepfunctions.controller(EXECUTION)
def run_execution(record: Record, world: World) -> Step:
    """Move an execution; stop what one that has ended early has left behind."""
    if record.status != RUNNING:
        return _stop_orphans(record, world)
    try:
        return Turn(record, world).go()
    except Stale:  # StopExecution, or another look that has begun before
        return Step(after=_BUSY)


def _stop_orphans(record: Record, world: World) -> Step:
    for task in record.private.get("orphans", []):
        if "child" in task:
            calls.stop(caller_of(world, record), task)
        else:
            with world.platform.transaction(write=True) as unit:
                wait.abort(unit.tx, task["arn"], world.now)
                unit.notify(DUE)
    return Step(private={"orphans": None})
