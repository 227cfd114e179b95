"""Map states whose iterations run in the same execution. A distributed one begins a Map Run, which is a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clary.services.stepfunctions.interpreter import branches, map_runs
from clary.services.stepfunctions.interpreter.data import Data
from clary.services.stepfunctions.interpreter.run import Frame
from clary.services.stepfunctions.language.errors import QUERY, EvaluationError
from clary.services.stepfunctions.language.templates import resolve
from clary.services.stepfunctions.language.texts import dump

if TYPE_CHECKING:
    from clary.services.stepfunctions.interpreter.engine import Engine

_MOST_AT_ONCE = 40  # "Inline mode supports up to 40 concurrent iterations"
_STARTED = ("MapIterationStarted", "mapIterationStartedEventDetails")
_SUCCEEDED = ("MapIterationSucceeded", "mapIterationSucceededEventDetails")


def begin(engine: Engine, at: Data) -> int:
    """Begin as many iterations as may run at once."""
    if at.state.is_distributed:
        return map_runs.begin(engine, at)
    frame, items = at.frame, items_of(at)
    most = at.number("MaxConcurrency") or 0
    engine.journal.add(frame, "MapStateStarted", "mapStateStartedEventDetails", {"length": len(items)})
    if not items:
        return branches.succeed(engine, at, [])
    frame.phase = "inside"
    frame.inside = {"items": items, "next": 0, "left": len(items), "results": {}}
    started = frame.prev
    for _ in range(min(len(items), most or _MOST_AT_ONCE, _MOST_AT_ONCE)):
        _begin_next(engine, at, started)
    return 0


def items_of(at: Data) -> list[Any]:
    """Return the items of Items, of ItemsPath, or the input itself. Raise EvaluationError unless they are an array."""
    if at.state.is_jsonata:
        if "Items" not in at.raw:
            return _array(at, at.frame.input)
        found = at.evaluate(at.raw["Items"], "Items")
        if not isinstance(found, list):
            raise at.unexpected("Items", "array", found)
        return found
    given = at.effective_input()
    path = at.raw.get("ItemsPath")
    return _array(at, given if path is None else at.scope(given).at(path))


def _array(at: Data, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise EvaluationError(QUERY, f"Map state input must be an array but was: {dump(value)}", "")
    return value


def item_input(at: Data, index: int, item: Any, given: Any) -> Any:
    """Return the input of an iteration: the item, or what ItemSelector makes of it."""
    selector = at.raw.get("ItemSelector", at.raw.get("Parameters"))
    if selector is None:
        return item
    at.item = {"Index": index, "Value": item}
    try:
        if at.state.is_jsonata:
            return at.evaluate(selector, "ItemSelector")
        return resolve(selector, at.scope(given))
    finally:
        at.item = None


def _begin_next(engine: Engine, at: Data, prev: int) -> None:
    frame = at.frame
    inside = frame.inside or {}
    index = inside["next"]
    inside["next"] = index + 1
    item = inside["items"][index]
    given = item_input(at, index, item, at.effective_input())
    container = at.state.inner[0]
    start = engine.definition.containers[container].start
    made = engine.run.add(frame.id, index, container, start, given, prev)
    made.item = {"Index": index, "Value": item}
    engine.journal.add(made, *_STARTED, {"name": at.state.name, "index": index})


def ended(engine: Engine, at: Data, iteration: Frame, output: Any) -> int:
    """Take the result of an iteration, and begin the next one or leave the state."""
    frame = at.frame
    inside = frame.inside or {}
    branches.keep(at, iteration.index, output)
    details = {"name": at.state.name, "index": iteration.index}
    last = iteration.prev
    frame.prev = engine.journal.add(iteration, *_SUCCEEDED, details, chained=False)
    engine.run.drop(iteration)
    if inside["next"] < len(inside["items"]):
        _begin_next(engine, at, last)
    if inside["left"]:
        return 0
    return branches.succeed(
        engine, at, [inside["results"][str(index)] for index in range(len(inside["items"]))]
    )
