"""What a state's data was at each point: `inspectionData` of the levels DEBUG and TRACE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.services.stepfunctions.interpreter.data import Data
from clary.services.stepfunctions.language.errors import StateError
from clary.services.stepfunctions.language.templates import resolve
from clary.services.stepfunctions.language.texts import dump

_NOTHING = object()


def before(at: Data) -> dict[str, str]:
    """Return what the state works on."""
    found = {"input": dump(at.frame.input)}
    if at.state.is_jsonata:
        if at.state.kind in ("Task", "Parallel") and "Arguments" in at.raw:
            _put(found, "afterArguments", at.arguments)
        return found
    if at.state.kind != "Pass" or "Result" not in at.raw:
        _put(found, "afterInputPath", at.effective_input)
    if at.state.kind in ("Task", "Parallel") or (at.state.kind == "Pass" and "Result" not in at.raw):
        _put(found, "afterParameters", at.arguments)
    return found


def after(at: Data, result: Any) -> dict[str, str]:
    """Return what became of a result, in JSONPath."""
    found = {} if at.state.kind == "Pass" and "Result" not in at.raw else {"result": dump(result)}
    if at.state.is_jsonata:
        return found
    selector = at.raw.get("ResultSelector")
    selected = result if selector is None else _tried(lambda: resolve(selector, at.scope(result)))
    if selected is _NOTHING:
        return found
    found["afterResultSelector"] = dump(selected)
    _put(found, "afterResultPath", lambda: at.placed(selected, at.raw.get("ResultPath", "$")))
    return found


def _put(found: dict[str, str], name: str, make: Callable[[], Any]) -> None:
    value = _tried(make)
    if value is not _NOTHING:
        found[name] = dump(value)


def _tried(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except StateError:
        return _NOTHING
