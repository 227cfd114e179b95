"""What the expressions of a state see: its input, the context object and variables."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clary.services.stepfunctions.language import intrinsics, paths
from clary.services.stepfunctions.language.errors import EvaluationError, Invalid, runtime
from clary.services.stepfunctions.language.texts import dump


@dataclass(slots=True)
class Scope:
    """`value` is what `$` means: the state's input or, later, its result. No path is looked for after `until`."""

    value: Any
    context: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    until: float = math.inf

    def root(self, path: paths.Path) -> Any:
        """Return the document that a path begins in. Raise EvaluationError for a variable that is not there."""
        if time.monotonic() > self.until:
            raise runtime("The paths of the state took too much time.")
        if path.root == "$":
            return self.value
        if path.root == "$$":
            return dict(self.context)
        if path.root not in self.variables:
            raise runtime(f"The variable '${path.root}' does not exist.")
        return self.variables[path.root]

    def find(self, text: str) -> Any:
        """Return what a path names. Raise paths.Missing, or States.Runtime for what is no path."""
        path = _parsed(text)
        return paths.find(path, self.root(path))

    def at(self, text: str) -> Any:
        """Return what a field such as InputPath names. Raise States.Runtime with the sentence that AWS has for it."""
        try:
            return self.find(text)
        except paths.Missing as error:
            raise runtime(f"Invalid path '{text}' : {error}") from None

    def named(self, text: str, member: str) -> Any:
        """Return what a member `…Path` or `name.$` names, by a path or an intrinsic function."""
        if text.startswith("States."):
            return self._call(text, member)
        try:
            return self.find(text)
        except paths.Missing:
            raise self.not_found(text, member) from None

    def not_found(self, text: str, member: str) -> EvaluationError:
        """Return the error for a path that names nothing."""
        shown = dump(dict(self.context)) if text.startswith("$$") else dump(self.value)
        return runtime(
            f"The JSONPath '{text}' specified for the field '{member}' could not be found in the input '{shown}'"
        )

    def _call(self, text: str, member: str) -> Any:
        try:
            call = intrinsics.parse(text)
        except Invalid as error:
            raise runtime(
                f"The function '{text}' specified for the field '{member}' is invalid: {error}"
            ) from None
        return intrinsics.run(call, lambda path: self._argument(path, member))

    def _argument(self, path: paths.Path, member: str) -> Any:
        try:
            return paths.find(path, self.root(path))
        except paths.Missing:
            raise self.not_found(path.text, member) from None


def _parsed(text: str) -> paths.Path:
    try:
        return paths.parse(text)
    except Invalid as error:
        raise runtime(f"Invalid path '{text}' : {error}") from None
