"""What a state sees and passes on, in both query languages.

JSONPath   InputPath -> Parameters -> result -> ResultSelector -> ResultPath -> OutputPath
JSONata    Arguments -> result -> Output
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from clary.services.stepfunctions.interpreter.definition import State
from clary.services.stepfunctions.interpreter.run import Facts, Frame, Run
from clary.services.stepfunctions.language import jsonata, paths
from clary.services.stepfunctions.language.errors import (
    DATA_LIMIT,
    QUERY,
    EvaluationError,
    StateError,
    runtime,
)
from clary.services.stepfunctions.language.intrinsics.checks import MOST_BYTES
from clary.services.stepfunctions.language.paths.reference import Unfit
from clary.services.stepfunctions.language.scope import Scope
from clary.services.stepfunctions.language.templates import resolve
from clary.services.stepfunctions.language.texts import dump, kind_of
from clary.services.stepfunctions.language.timestamps import text_of

_MISSING = object()
_MOST_SECONDS = 30.0  # that the paths and expressions of a state may take before another one begins


class Data:
    """One state at work in one frame."""

    def __init__(self, run: Run, facts: Facts, frame: Frame, state: State) -> None:
        self.frame = frame
        self.state = state
        self.raw = state.raw
        self._run = run
        self._facts = facts
        self._variables: dict[str, Any] | None = None
        self._until = time.monotonic() + _MOST_SECONDS
        self.token: str | None = None
        self.item: dict[str, Any] | None = None

    # what expressions see --------------------------------------------------------------------------------------------

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables of this level and those around it; inner ones hide outer ones."""
        if self._variables is None:
            found: dict[str, Any] = {}
            frame: Frame | None = self.frame
            while frame is not None:
                found = {**frame.variables, **found}
                frame = self._run.frames.get(frame.parent)
            self._variables = found
        return self._variables

    def context(self) -> dict[str, Any]:
        """Return the context object."""
        frame = self.frame
        found: dict[str, Any] = {
            "Execution": self._facts.execution,
            "StateMachine": self._facts.machine,
            "State": {
                "Name": self.state.name,
                "EnteredTime": text_of(frame.entered),
                "RetryCount": sum(frame.retries.values()),
            },
        }
        if self.token is not None:
            found["Task"] = {"Token": self.token}
        item = self.item or self._item_around()
        if item is not None:
            found["Map"] = {"Item": item}
        return found

    def _item_around(self) -> dict[str, Any] | None:
        frame: Frame | None = self.frame
        while frame is not None:
            if frame.item is not None:
                return frame.item
            frame = self._run.frames.get(frame.parent)
        return None

    def scope(self, value: Any) -> Scope:
        """Return what JSONPath sees, with `value` as `$`."""
        return Scope(value, _Late(self.context), self.variables, self._until)

    def bindings(self, **more: Any) -> dict[str, Any]:
        """Return what JSONata sees."""
        return {**self.variables, "states": {"input": self.frame.input, "context": self.context(), **more}}

    def evaluate(self, value: Any, field: str, **more: Any) -> Any:
        """Return a field with JSONata, evaluated. Raise EvaluationError."""
        if time.monotonic() > self._until:
            raise EvaluationError(QUERY, "The expressions of the state took too much time.", field)
        return jsonata.resolve(value, field, lambda: self.bindings(**more))

    # before the work -------------------------------------------------------------------------------------------------

    def effective_input(self) -> Any:
        """Return the input after InputPath."""
        return self._path("InputPath", self.frame.input)

    def _path(self, field: str, value: Any) -> Any:
        path = self.raw.get(field, "$")
        if path == "$" or self.state.is_jsonata:
            return value
        return {} if path is None else self.scope(value).at(path)

    def arguments(self) -> Any:
        """Return what the state works on: Arguments or Parameters, otherwise its input."""
        if self.state.is_jsonata:
            return (
                self.evaluate(self.raw["Arguments"], "Arguments")
                if "Arguments" in self.raw
                else self.frame.input
            )
        value = self.effective_input()
        return resolve(self.raw["Parameters"], self.scope(value)) if "Parameters" in self.raw else value

    def number(self, field: str, *, least: int = 0, whole: str = "integer") -> int | None:
        """Return a field such as TimeoutSeconds, given, by a path or by an expression; None where it is not there."""
        if f"{field}Path" in self.raw and not self.state.is_jsonata:
            path = self.raw[f"{field}Path"]
            return self.integer(f"{field}Path", self.scope(self.effective_input()).at(path), path)
        if field not in self.raw:
            return None
        value = self.evaluate(self.raw[field], field)
        if self.state.is_jsonata and (not isinstance(value, (int, float)) or isinstance(value, bool)):
            raise self.unexpected(field, "number", value)
        return int(value)

    def integer(self, field: str, value: Any, path: str) -> int:
        """Return a whole number that a path has found. Raise States.Runtime for anything else."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
            shown = value if isinstance(value, str) else dump(value)
            raise runtime(f'The {field} field refers to value "{shown}" which is not a valid integer: {path}')
        return int(value)

    def unexpected(self, field: str, expected: str, value: Any) -> EvaluationError:
        """Return the error of an expression whose value has another type."""
        text = jsonata.expression_of(self.raw[field]) or dump(self.raw[field])
        return EvaluationError(
            QUERY,
            f"The JSONata expression '{text}' specified for the field '{field}' returned an unexpected result type. "
            f"Expected '{expected}', but was '{kind_of(value)}' for value: {dump(value)}",
            field,
        )

    # after the work --------------------------------------------------------------------------------------------------

    def output(
        self, result: Any = _MISSING, holder: Mapping[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Return what the state passes on, and what it assigns to variables. Without a result its input takes the place.
        `holder` has Output and Assign: the state, or a rule of a Choice. Raise StateError."""
        holder = self.raw if holder is None else holder
        if self.state.is_jsonata:
            return self._output_jsonata(result, holder)
        given = self.effective_input() if result is _MISSING else self._selected(result)
        assigned = resolve(holder.get("Assign", {}), self.scope(given)) if "Assign" in holder else {}
        placed = given if result is _MISSING else self.placed(given, self.raw.get("ResultPath", "$"))
        return self.checked(self._path("OutputPath", placed)), assigned

    def _output_jsonata(self, result: Any, holder: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        more = {} if result is _MISSING else {"result": result}
        default = self.frame.input if result is _MISSING else result
        output = self.evaluate(holder["Output"], "Output", **more) if "Output" in holder else default
        assigned = self.evaluate(holder["Assign"], "Assign", **more) if "Assign" in holder else {}
        return self.checked(output), assigned

    def _selected(self, result: Any) -> Any:
        selector = self.raw.get("ResultSelector")
        return result if selector is None else resolve(selector, self.scope(result))

    def placed(self, value: Any, path: str | None) -> Any:
        """Return the input with a value at ResultPath. Raise States.ResultPathMatchFailure."""
        if path is None:
            return self.frame.input
        if path == "$":
            return value
        try:
            return paths.put(paths.parse(path), self.frame.input, value)
        except Unfit:
            raise EvaluationError(
                "States.ResultPathMatchFailure",
                f"Unable to apply ResultPath '{path}' to input {dump(self.frame.input)}",
            ) from None

    def caught(self, catcher: Mapping[str, Any], error: StateError) -> tuple[Any, dict[str, Any]]:
        """Return what the next state gets after an error, and what the catcher assigns."""
        output = {"Error": error.error, "Cause": (error.cause or "") if error.error else error.cause}
        if self.state.is_jsonata:
            passed = self.evaluate(catcher.get("Output", output), "Output", errorOutput=output)
            assigned = self.evaluate(catcher.get("Assign", {}), "Assign", errorOutput=output)
            return self.checked(passed), assigned
        assigned = resolve(catcher.get("Assign", {}), self.scope(output))
        return self.checked(self.placed(output, catcher.get("ResultPath", "$"))), assigned

    def checked(self, value: Any) -> Any:
        """Return a value that is not too large. Raise States.DataLimitExceeded."""
        if _may_be_large(value) and len(dump(value).encode()) > MOST_BYTES:
            raise StateError(DATA_LIMIT, too_large(self.state.name))
        return value


def too_large(name: str) -> str:
    """Return AWS's sentence for a result of more than 256 KiB."""
    return f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."


def _may_be_large(value: Any) -> bool:
    return isinstance(value, (list, dict, str))


class _Late(Mapping[str, Any]):
    """The context object, made when a path looks into it."""

    def __init__(self, make: Any) -> None:
        self._make = make
        self._made: dict[str, Any] | None = None

    def _found(self) -> dict[str, Any]:
        if self._made is None:
            self._made = self._make()
        return self._made or {}

    def __getitem__(self, name: str) -> Any:
        return self._found()[name]

    def __iter__(self) -> Any:
        return iter(self._found())

    def __len__(self) -> int:
        return len(self._found())
