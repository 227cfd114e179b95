"""States that neither call nor contain anything: Pass, Choice, Wait, Succeed, Fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from clary.services.stepfunctions.interpreter.data import Data
from clary.services.stepfunctions.language import choices
from clary.services.stepfunctions.language.errors import QUERY, EvaluationError, StateError, runtime
from clary.services.stepfunctions.language.paths import Missing
from clary.services.stepfunctions.language.templates import resolve
from clary.services.stepfunctions.language.texts import dump
from clary.services.stepfunctions.language.timestamps import seconds_of

if TYPE_CHECKING:
    from clary.services.stepfunctions.interpreter.engine import Engine

_LONGEST_WAIT = 2_147_483_647  # seconds of a number; of a timestamp, 24,855 days
_FAR = 24_855 * 86_400.0


def _pass(engine: Engine, at: Data) -> int:
    if at.state.is_jsonata:
        return engine.exit(at.frame, at, *at.output())
    given = at.effective_input()
    result = at.raw.get("Result", given)
    if "Parameters" in at.raw:
        result = resolve(at.raw["Parameters"], at.scope(given))
    return engine.exit(at.frame, at, *at.output(result))


def _succeed(engine: Engine, at: Data) -> int:
    return engine.exit(at.frame, at, *at.output())


def _choice(engine: Engine, at: Data) -> int:
    for number, rule in enumerate(at.raw["Choices"]):
        if _holds(at, rule, number):
            return engine.exit(at.frame, at, *at.output(holder=_with_output(at, rule)), next=rule["Next"])
    if "Default" not in at.raw:
        raise StateError(
            "States.NoChoiceMatched", "There are no rules that match and no default was specified"
        )
    return engine.exit(at.frame, at, *at.output(), next=at.raw["Default"])


def _with_output(at: Data, rule: dict[str, Any]) -> dict[str, Any]:
    """Return what a rule passes on; the state's own Output and Assign belong to its default."""
    return {name: rule[name] for name in ("Output", "Assign") if name in rule}


def _holds(at: Data, rule: dict[str, Any], number: int) -> bool:
    if not at.state.is_jsonata:
        return choices.holds(rule, at.scope(at.effective_input()))
    field = f"Choices[{number}]/Condition"
    found = at.evaluate(rule["Condition"], field)
    if not isinstance(found, bool):
        raise EvaluationError(
            QUERY,
            f"The JSONata expression '{rule['Condition']}' specified for the field '{field}' returned an unexpected result type. Expected 'boolean'.",
            field,
        )
    return found


def _fail(engine: Engine, at: Data) -> int:
    raise StateError(_said(at, "Error"), _said(at, "Cause"))


def _said(at: Data, field: str) -> str | None:
    if field in at.raw:
        return at.evaluate(at.raw[field], field) if at.state.is_jsonata else at.raw[field]
    if f"{field}Path" not in at.raw:
        return None
    found = at.scope(at.frame.input).named(at.raw[f"{field}Path"], f"{field}Path")
    return found if isinstance(found, str) else dump(found)


def _wait(engine: Engine, at: Data) -> int:
    now = engine.outside.business()
    until = _seconds(at, now) if "Seconds" in at.raw or "SecondsPath" in at.raw else _moment(at, now)
    at.frame.phase, at.frame.then, at.frame.until = "sleep", "wait", until
    return at.frame.id if until <= now else 0


def _seconds(at: Data, now: float) -> float:
    if "Seconds" in at.raw:
        seconds = at.evaluate(at.raw["Seconds"], "Seconds") if at.state.is_jsonata else at.raw["Seconds"]
        if at.state.is_jsonata and (isinstance(seconds, bool) or not isinstance(seconds, (int, float))):
            raise at.unexpected("Seconds", "number", seconds)
        problem: StateError = EvaluationError(
            QUERY, f"The Seconds field is not a valid number: {dump(seconds)}", "Seconds"
        )
    else:
        path = at.raw["SecondsPath"]
        seconds = _found(at, "SecondsPath")
        problem = runtime(
            f"The SecondsPath parameter cannot be parsed as a long value: {path} == {_plain(seconds)}"
        )
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds != int(seconds):
        raise problem
    if not 0 <= seconds <= _LONGEST_WAIT:
        raise problem
    return now + float(seconds)


def _moment(at: Data, now: float) -> float:
    if "Timestamp" in at.raw:
        text = at.evaluate(at.raw["Timestamp"], "Timestamp") if at.state.is_jsonata else at.raw["Timestamp"]
        problem: StateError = EvaluationError(
            QUERY,
            f"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {_plain(text)}",
            "Timestamp",
        )
    else:
        path = at.raw["TimestampPath"]
        text = _found(at, "TimestampPath")
        problem = runtime(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format "
            f"string: {path} == {_plain(text)}"
        )
    moment = seconds_of(text)
    if moment is None:
        raise problem
    if moment - now > _FAR:
        raise runtime("Wait state delay is too long.")
    return moment


def _found(at: Data, field: str) -> Any:
    try:
        return at.scope(at.effective_input()).find(at.raw[field])
    except Missing:
        raise runtime(f"The {field} parameter does not reference an input value: {at.raw[field]}") from None


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else dump(value)


KINDS: dict[str, Callable[[Engine, Data], int]] = {
    "Pass": _pass,
    "Succeed": _succeed,
    "Choice": _choice,
    "Fail": _fail,
    "Wait": _wait,
}
"""What runs each type of state. Returns the id of a frame that can go on at once, or 0."""
