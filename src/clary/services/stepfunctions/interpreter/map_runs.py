"""The distributed Map as the execution around it sees it: a task that begins with a Map Run and ends with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clary.services.stepfunctions.interpreter import branches
from clary.services.stepfunctions.interpreter.data import Data
from clary.services.stepfunctions.interpreter.events import failure
from clary.services.stepfunctions.interpreter.run import Frame
from clary.services.stepfunctions.language.errors import StateError, runtime
from clary.services.stepfunctions.language.templates import resolve

if TYPE_CHECKING:
    from clary.services.stepfunctions.interpreter.engine import Engine

_READER = ("ItemReader", "ResultWriter", "ItemBatcher")
RUN = "mapRun"


def begin(engine: Engine, at: Data) -> int:
    """Begin a Map Run: everything about it is known before, so that it can be made again after a death."""
    from clary.services.stepfunctions.interpreter import maps

    frame, raw = at.frame, at.raw
    most, count = at.number("MaxConcurrency"), at.number("ToleratedFailureCount")
    percentage = at.number("ToleratedFailurePercentage")
    if percentage is not None and not 0 <= percentage <= 100:
        raise runtime("ToleratedFailurePercentage must be between 0 and 100.")
    read = None if "ItemReader" in raw else maps.items_of(at)
    length = {"length": 0 if read is None else len(read)}
    engine.journal.add(frame, "MapStateStarted", "mapStateStartedEventDetails", length)
    frame.task = {
        "family": RUN,
        "resource": RUN,
        "stage": "new",
        "attempt": frame.prev,
        "arn": engine.outside.map_run(at.state.name, raw.get("Label")),
        "items": read,
        **{field: _field(at, field) for field in _READER if field in raw},
        "most": most or 0,
        "count": count,
        "percentage": percentage,
        "container": at.state.inner[0],
        "selector": raw.get("ItemSelector", raw.get("Parameters")),
        "given": frame.input if at.state.is_jsonata else at.effective_input(),
        "variables": dict(at.variables),
        "context": at.context(),
        "is_jsonata": at.state.is_jsonata,
    }
    frame.phase = "task"
    return 0


def _field(at: Data, field: str) -> Any:
    """Return ItemReader, ResultWriter or ItemBatcher with its paths resolved."""
    raw = at.raw[field]
    if at.state.is_jsonata:
        return at.evaluate(raw, field)
    found = resolve(raw, at.scope(at.effective_input()))
    if "ReaderConfig" in found and "MaxItemsPath" in found["ReaderConfig"]:
        path = found["ReaderConfig"].pop("MaxItemsPath")
        found["ReaderConfig"]["MaxItems"] = at.integer(
            "MaxItemsPath", at.scope(at.effective_input()).at(path), path
        )
    return found


def started(engine: Engine, frame: Frame) -> None:
    """Say that the Map Run is there."""
    assert frame.task is not None
    frame.task["stage"] = "waiting"
    details = {"mapRunArn": frame.task["arn"]}
    engine.journal.add(frame, "MapRunStarted", "mapRunStartedEventDetails", details)


def succeeded(engine: Engine, at: Data, results: Any) -> int:
    """Leave the state with the results of the Map Run."""
    engine.journal.add(at.frame, "MapRunSucceeded")
    at.frame.task = None
    return branches.succeed(engine, at, results)


def failed(engine: Engine, at: Data, error: str | None, cause: str | None) -> int:
    """Fail the state."""
    engine.journal.add(at.frame, "MapRunFailed", "mapRunFailedEventDetails", failure(error, cause))
    return engine.failed(at.frame, StateError(error, cause))
