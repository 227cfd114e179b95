"""The change feed wakes executions: what they began has another status."""

from __future__ import annotations

from clary.plane.changes import Reaction
from clary.services.stepfunctions.executions import runs
from clary.services.stepfunctions.executions.life.turn import wake_in
from clary.services.stepfunctions.executions.noun import EXECUTION
from clary.services.stepfunctions.integrations.children import CHILDREN, KINDS
from clary.services.stepfunctions.service import stepfunctions
from clary.store.api import Change

_ENDS = {child.kind: (*child.done, *child.failed) for child in CHILDREN.values()}


def matters(change: Change) -> bool:
    """Return whether somebody may wait for this: something has ended, or is gone."""
    before, after = change.view["old"] or {}, change.view["new"] or {}
    return before.get("status") != after.get("status") and (
        not after or after.get("status") in _ENDS[change.kind]
    )


@stepfunctions.on_change(*KINDS, concerns=matters)
def wake_executions(at: Reaction, change: Change) -> None:
    """Make the executions due that wait for what has ended."""
    for arn in runs.waiting_for(at.tx, change.arn):
        record = at.tx.by_arn(arn)
        if record is not None and record.kind == EXECUTION.kind:
            wake_in(at.tx, record.kind, record.scope, record.id, at.now)
            at.wake()
