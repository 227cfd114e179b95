"""The change feed tells Map Runs of their children's ends, and executions of their Map Runs' ends."""

from __future__ import annotations

from clary.plane.changes import Reaction
from clary.services.stepfunctions.executions import runs
from clary.services.stepfunctions.executions.life.turn import wake_in
from clary.services.stepfunctions.executions.noun import EXECUTION
from clary.services.stepfunctions.language.texts import dump
from clary.services.stepfunctions.maps import items
from clary.services.stepfunctions.maps.noun import MAP_RUN
from clary.services.stepfunctions.service import stepfunctions
from clary.store.api import Change


def of_a_map(change: Change) -> bool:
    """Return whether a child of a Map Run has ended, or a Map Run has."""
    after = change.view["new"]
    if not after or after.get("status") == "RUNNING":
        return False
    return change.kind == MAP_RUN.kind or ":mapRun:" in after.get("parent", "")


@stepfunctions.on_change(EXECUTION.kind, MAP_RUN.kind, concerns=of_a_map)
def wake_maps(at: Reaction, change: Change) -> None:
    """Write down what a child has come to, and let its Map Run look; let an execution look at its Map Run."""
    if change.kind == MAP_RUN.kind:
        for arn in runs.waiting_for(at.tx, change.arn):
            _wake(at, arn)
        return
    record = at.tx.by_arn(change.arn)
    if record is None:
        return
    output = runs.load(at.tx, record.arn).output
    said = {name: record.observed.get(name) for name in ("error", "cause")}
    items.end(
        at.tx, record.parent, record.spec["name"], record.status, dump(said) if output is None else output
    )
    _wake(at, record.parent)


def _wake(at: Reaction, arn: str) -> None:
    record = at.tx.by_arn(arn)
    if record is not None:
        wake_in(at.tx, record.kind, record.scope, record.id, at.now)
        at.wake()
