"""The change feed wakes those who wait: a step when what it created has another status, an execution when a step has ended.

A record is written again, so that a controller that is looking at it at this moment, and has not seen the change, cannot
write its decision to wait.
"""

from __future__ import annotations

from clary.plane.changes import Reaction
from clary.services.sagemaker.pipelines.executions.children import CHILDREN
from clary.services.sagemaker.pipelines.executions.noun import ENDED, EXECUTION, STEP, is_over
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Change

_CHILDREN = tuple(sorted({child.kind for child in CHILDREN.values() if child.done}))


_OF_A_PIPELINE = (":pipeline/", ":pipeline-step/")  # in the ARN of such a parent


def matters(change: Change) -> bool:
    """Return whether a step or an execution waits for this status. What is only begun was begun by the one who would be woken."""
    before, after = change.view["old"] or {}, change.view["new"] or {}
    if before.get("status") == after.get("status") or not _is_of_a_pipeline(
        (after or before).get("parent", "")
    ):
        return False
    return after.get("status") in ENDED if change.kind == STEP.kind else change.what != "created"


def _is_of_a_pipeline(parent: str) -> bool:
    return any(part in parent for part in _OF_A_PIPELINE)


@sagemaker.on_change(*_CHILDREN, STEP.kind, concerns=matters)
def wake_pipelines(at: Reaction, change: Change) -> None:
    """Make the parent of what has changed due now."""
    record = at.tx.by_arn((change.view["new"] or change.view["old"])["parent"])
    if record is not None and record.kind in (STEP.kind, EXECUTION.kind) and not is_over(record):
        at.tx.update(record.evolve(due=at.now))
        at.wake()
