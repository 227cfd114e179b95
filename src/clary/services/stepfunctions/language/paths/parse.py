"""Reads paths: `$.a[0]['b']`, `$$.Execution.Id`, `$variable.a`, with slices, wildcards, `..` and filters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from clary.services.stepfunctions.language.errors import Invalid
from clary.services.stepfunctions.language.paths.filters import condition
from clary.services.stepfunctions.language.paths.steps import (
    Deep,
    Filter,
    Function,
    Index,
    Name,
    Slice,
    Step,
    Wildcard,
)
from clary.services.stepfunctions.language.paths.tokens import Reader

LONGEST = 4096
"""Characters of a path."""
_FUNCTIONS = ("length", "min", "max", "avg", "sum", "keys", "first", "last")
_NAME = re.compile(r"[^\s.\[\]()'\"?@,:*!&|=<>$]+")
_VARIABLE = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Path:
    """A path. `root` is `$` (the input), `$$` (the context object) or the name of a variable."""

    text: str
    root: str
    steps: tuple[Step, ...]

    @property
    def is_definite(self) -> bool:
        """Whether it names one place, so that its value is not a list of what was found."""
        return all(_is_definite(step) for step in self.steps)

    @property
    def is_reference(self) -> bool:
        """Whether it can be written to: names and single indexes."""
        return all(
            (isinstance(step, Name) and len(step.names) == 1)
            or (isinstance(step, Index) and len(step.numbers) == 1 and step.numbers[0] >= 0)
            for step in self.steps
        )


def _is_definite(step: Step) -> bool:
    if isinstance(step, Name):
        return len(step.names) == 1
    if isinstance(step, Index):
        return len(step.numbers) == 1
    return isinstance(step, Function)


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """Return a path. Raise Invalid for any other text."""
    if len(text) > LONGEST:
        raise Invalid("the path is too long")
    reader = Reader(text)
    root = _root(reader)
    steps = read_steps(reader)
    if not reader.done:
        raise Invalid(f"{text!r} is not a path: what is at position {reader.at}?")
    return Path(text, root, steps)


def _root(reader: Reader) -> str:
    reader.need("$")
    if reader.take("$"):
        return "$$"
    return reader.match(_VARIABLE) or "$"


def read_steps(reader: Reader) -> tuple[Step, ...]:
    """Read steps as long as there are any."""
    steps: list[Step] = []
    while True:
        step = _step(reader)
        if step is None:
            return tuple(steps)
        steps.append(step)


def _step(reader: Reader) -> Step | None:
    if reader.take(".."):
        return Deep(_bracket(reader) if reader.peek("[") else _dotted(reader))
    if reader.take("."):
        return _dotted(reader)
    return _bracket(reader) if reader.peek("[") else None


def _dotted(reader: Reader) -> Step:
    if reader.take("*"):
        return Wildcard()
    name = reader.match(_NAME)
    if name is None:
        raise Invalid(f"a name is missing in {reader.text!r} at position {reader.at}")
    if reader.take("()"):
        if name not in _FUNCTIONS:
            raise Invalid(f"{name}() is not a function of paths")
        return Function(name)
    return Name((name,))


def _bracket(reader: Reader) -> Step:
    reader.need("[")
    reader.spaces()
    step = _inside(reader)
    reader.spaces()
    reader.need("]")
    return step


def _inside(reader: Reader) -> Step:
    if reader.take("*"):
        return Wildcard()
    if reader.take("?"):
        reader.spaces()
        reader.need("(")
        found = condition(reader, read_steps)
        reader.need(")")
        return Filter(found)
    if reader.peek("'") or reader.peek('"'):
        return Name(_names(reader))
    return _numbers(reader)


def _names(reader: Reader) -> tuple[str, ...]:
    names: list[str] = []
    while True:
        reader.spaces()
        quote = reader.text[reader.at : reader.at + 1]
        if quote not in ("'", '"') or not quote:
            raise Invalid(f"a name is missing in {reader.text!r}")
        reader.at += 1
        names.append(reader.quoted(quote))
        reader.spaces()
        if not reader.take(","):
            return tuple(names)


def _numbers(reader: Reader) -> Step:
    first = reader.integer()
    reader.spaces()
    if reader.take(":"):
        stop = reader.integer()
        by = reader.integer() if reader.take(":") else None
        if by is not None and by <= 0:
            raise Invalid("the step of a slice must be above 0")
        return Slice(first, stop, by)
    if first is None:
        raise Invalid(f"an index is missing in {reader.text!r}")
    numbers = [first]
    while reader.take(","):
        reader.spaces()
        number = reader.integer()
        if number is None:
            raise Invalid(f"an index is missing in {reader.text!r}")
        numbers.append(number)
    return Index(tuple(numbers))
