"""Parallel states: all branches begin at once, and the results come in the branches' order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clary.services.stepfunctions.interpreter.data import Data, too_large
from clary.services.stepfunctions.interpreter.run import Frame
from clary.services.stepfunctions.language.errors import DATA_LIMIT, StateError
from clary.services.stepfunctions.language.intrinsics.checks import MOST_BYTES
from clary.services.stepfunctions.language.texts import dump

if TYPE_CHECKING:
    from clary.services.stepfunctions.interpreter.engine import Engine


def begin(engine: Engine, at: Data) -> int:
    """Begin every branch."""
    frame = at.frame
    given = at.arguments()
    engine.journal.add(frame, "ParallelStateStarted")
    frame.phase = "inside"
    frame.inside = {"left": len(at.state.inner), "results": {}}
    for index, container in enumerate(at.state.inner):
        start = engine.definition.containers[container].start
        engine.run.add(frame.id, index, container, start, given, frame.prev)
    return 0


def ended(engine: Engine, at: Data, branch: Frame, output: Any) -> int:
    """Take the result of a branch; leave the state with the last one."""
    frame = at.frame
    inside = frame.inside or {}
    keep(at, branch.index, output)
    frame.prev = branch.prev
    engine.run.drop(branch)
    if inside["left"]:
        return 0
    results = [inside["results"][str(index)] for index in range(len(at.state.inner))]
    return succeed(engine, at, results)


def keep(at: Data, index: int, output: Any) -> None:
    """Keep a result until all are there. Raise States.DataLimitExceeded as soon as they are too large together."""
    inside = at.frame.inside or {}
    inside["size"] = inside.get("size", 0) + len(dump(output))
    if inside["size"] > MOST_BYTES:
        raise StateError(DATA_LIMIT, too_large(at.state.name))
    inside["results"][str(index)] = output
    inside["left"] -= 1


def succeed(engine: Engine, at: Data, results: Any) -> int:
    """Leave the state. What it passes on may fail it still."""
    at.frame.inside = None
    engine.journal.add(at.frame, f"{at.state.kind}StateSucceeded", chained=False)
    at.checked(results)
    engine.exit(at.frame, at, *at.output(results))
    return at.frame.id if at.frame.id in engine.run.frames else 0
