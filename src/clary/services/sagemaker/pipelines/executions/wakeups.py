"""The change feed wakes those who wait: a step when what it created has another status, an execution when a step has ended.

A record is written again, so that a controller that is looking at it at this moment, and has not seen the change, cannot
write its decision to wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane.changes import Reaction
from clary.services.sagemaker.pipelines.executions.children import CHILDREN
from clary.services.sagemaker.pipelines.executions.noun import ENDED, EXECUTION, STEP, is_over
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Change

_CHILDREN = tuple(sorted({child.kind for child in CHILDREN.values() if child.done}))


@sagemaker.on_change(*_CHILDREN, STEP.kind)
def wake_pipelines(at: Reaction, change: Change) -> None:
    """Make the parent of what has changed due now."""
    before, after = change.view["old"] or {}, change.view["new"] or {}
    if before.get("status") == after.get("status") or not _matters(change, after):
        return
    parent = (after or before).get("parent")
    record = at.tx.by_arn(parent) if parent else None
    if record is not None and record.kind in (STEP.kind, EXECUTION.kind) and not is_over(record):
        at.tx.update(record.evolve(due=at.now))
        at.wake()


def _matters(change: Change, after: Mapping[str, Any]) -> bool:
    """Return whether somebody waits for this status. What is only begun was begun by the one who would be woken."""
    if change.kind == STEP.kind:
        return after.get("status") in ENDED
    return change.what != "created"
