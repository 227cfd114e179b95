"""Makes the run of an execution that goes on from where it failed: what had ended keeps its result."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.interpreter.definition import Definition
from clary.services.stepfunctions.interpreter.run import Run
from clary.services.stepfunctions.language.texts import dump


def again(snapshot: dict[str, Any], definition: Definition, last: int, count: int, now: float) -> Run:
    """Return the run, with the event that tells of it. Tasks that failed or were given up begin again, without the
    attempts that they had."""
    run = Run.of(snapshot)
    run.next_event = last + 2
    run.deadline = None if definition.timeout is None else now + definition.timeout
    run.events.append(
        {
            "i": last + 1,
            "p": last,
            "t": now,
            "y": "ExecutionRedriven",
            "k": "executionRedrivenEventDetails",
            "d": {"redriveCount": count},
        }
    )
    for frame in run.frames.values():
        if frame.phase in ("task", "sleep", "run"):
            frame.phase, frame.task, frame.until = "run", None, None
        frame.retries = {}
        frame.prev = last + 1
    return run


def text_of(run: Run) -> str:
    """Return the snapshot of a run as it is stored."""
    return dump(run.snapshot())
