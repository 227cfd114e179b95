"""What a model demands of one value, as a fast test and as AWS's words for it. Knows no structure and no path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

from clary.wire.patterns import compile_pattern
from clary.wire.shapes import Shape
from clary.wire.violations import NOT_MATCHED, Path, Violation, Violations

_NUMBERS = ("integer", "long", "float", "double")
_MEASURED = ("string", "blob", "list", "map")
_SAFE_LENGTH = 65_536  # longer values are not matched with a pattern that they break by length already


class Constraints:
    """The rules for one value. `accepts` tests; `broken_by` gives the sentences; `str()` lists all of them."""

    def __init__(self, shape: Shape) -> None:
        said = shape.metadata
        self._number = shape.type_name in _NUMBERS
        self._fractional = shape.type_name in ("float", "double")
        bounded = self._number or shape.type_name in _MEASURED
        self.low = _bound(said.get("min")) if bounded else None
        self.high = _bound(said.get("max")) if bounded else None
        self.enum: tuple[str, ...] = tuple(shape._shape_model.get("enum") or ())
        self.pattern: str | None = said.get("pattern") if shape.type_name == "string" else None
        self._match = _matcher(self.pattern)
        self.free = self.low is self.high is None and not self.enum and self._match is None
        self.accepts: Callable[[Any], Any] = self._compile()

    def length(self, value: Any, path: Path, errors: Violations, shape: Shape) -> None:
        """Check the size of a list or map against its limits."""
        if self.high is not None and len(value) > self.high:
            errors.append(Violation(path, None, value, self._most(), shape))
        if self.low is not None and len(value) < self.low:
            errors.append(Violation(path, None, value, self._least(), shape))

    def broken_by(self, value: Any) -> Iterator[str]:
        """Yield the sentence of each rule that `value` breaks."""
        size = value if self._number else len(value)
        too_long = self.high is not None and size > self.high
        if too_long:
            yield self._most()
        if self.low is not None and size < self.low:
            yield self._least()
        if self._match is not None and not (too_long and size > _SAFE_LENGTH) and not self._match(value):
            yield self._fits()
        if self.enum and value not in self.enum:
            yield self._one_of()

    def __str__(self) -> str:
        rules = (
            self._most() if self.high is not None else "",
            self._least() if self.low is not None else "",
            self._fits() if self._match is not None else "",
            self._one_of() if self.enum else "",
        )
        return ", ".join(filter(None, rules))

    def _compile(self) -> Callable[[Any], Any]:
        low = -inf if self.low is None else self.low
        high = inf if self.high is None else self.high
        match, enum = self._match, frozenset(self.enum)
        if self._number:
            return lambda value: low <= value <= high
        if enum and match is None and low <= 1:
            return enum.__contains__
        if enum:
            return lambda value: value in enum and low <= len(value) <= high and (not match or match(value))
        if match is None:
            return lambda value: low <= len(value) <= high
        if self.low is self.high is None:
            return match
        return lambda value: low <= len(value) <= high and match(value)

    def _most(self) -> str:
        return f"Member must have {self._measure} less than or equal to {self._say(self.high)}"

    def _least(self) -> str:
        return f"Member must have {self._measure} greater than or equal to {self._say(self.low)}"

    def _fits(self) -> str:
        return f"{NOT_MATCHED}{self.pattern}"

    def _one_of(self) -> str:
        return f"Member must satisfy enum value set: [{', '.join(self.enum)}]"

    @property
    def _measure(self) -> str:
        return "value" if self._number else "length"

    def _say(self, bound: float | None) -> str:
        return str(float(bound or 0) if self._fractional else bound)


def constraints_of(shape: Shape) -> Constraints:
    return Constraints(shape)


def _bound(value: Any) -> int | float | None:
    """Return a limit; models write some of them as text."""
    if value is None or value == "":
        return None
    number = float(value)
    return int(number) if number == int(number) else number


def _matcher(pattern: str | None) -> Callable[[str], Any] | None:
    if not pattern or pattern in ("[\\s\\S]*", "[\\S\\s]*"):
        return None
    try:
        return compile_pattern(pattern).fullmatch
    except re.error:
        return None  # one pattern of all the models cannot be said in Python: tests/wire/test_patterns.py names it
