"""The part of JSONPath that DataProcessing's filters may use. Knows no format: it works on Python values.

`$`, `.name`, `.*`, `['a','b']`, `[1,3]`, negative indices and slices `[a:b]`.
Source: AWS developer guide "Associate prediction results with input records", supported JSONPath operators.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from clary_programs.agents.transform.errors import TransformError

Step = Callable[[object], object]

_NAME = re.compile(r"\.([A-Za-z_][\w\-]*|\*)")
_BRACKET = re.compile(r"\[((?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\]'\"])*)\]")
_SLICE = re.compile(r"\s*(-?\d+)?\s*:\s*(-?\d+)?\s*")
_INDICES = re.compile(r"\s*-?\d+\s*(,\s*-?\d+\s*)*")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


class BadPath(TransformError):
    """A filter is not a supported JSONPath, or does not fit a record."""


@dataclass(frozen=True, slots=True)
class Indices:
    """What a path of the form `$[…]` with indices only picks from a row."""

    picks: tuple[int, ...] | slice
    single: bool

    def of(self, row: list[object]) -> list[object]:
        """Return the picked fields, always as a list. Raise BadPath where the row is too short."""
        if isinstance(self.picks, slice):
            return row[self.picks]
        try:
            return [row[index] for index in self.picks]
        except IndexError:
            raise BadPath(
                f"ClientError: a filter picks a column that a row of {len(row)} does not have"
            ) from None


def is_identity(path: str) -> bool:
    return path.strip() == "$"


def compile_path(path: str) -> Step:
    """Return a function from a record to what `path` picks of it. Raise BadPath, the function too."""
    steps = _steps(path)

    def apply(value: object) -> object:
        for step in steps:
            value = step(value)
        return value

    return apply


def compile_indices(path: str) -> Indices:
    """For CSV rows, where only index forms are allowed. Raise BadPath."""
    match = _BRACKET.fullmatch(path.strip()[1:]) if path.strip().startswith("$") else None
    inner = match.group(1) if match else ""
    if inner.strip() == "*":
        return Indices(slice(None), single=False)
    if _SLICE.fullmatch(inner):
        return Indices(_slice(inner), single=False)
    if _INDICES.fullmatch(inner):
        picks = tuple(int(word) for word in inner.split(","))
        return Indices(picks, single=len(picks) == 1)
    raise BadPath(
        f"ClientError: the filter {path} is not supported for CSV: use indices such as $[0,-1] or $[1:]"
    )


def _steps(path: str) -> list[Step]:
    text = path.strip()
    if not text.startswith("$"):
        raise BadPath(f"ClientError: the filter {path} does not begin with $")
    steps, at = [], 1
    while at < len(text):
        match = _NAME.match(text, at) or _BRACKET.match(text, at)
        if match is None:
            raise BadPath(f"ClientError: the filter {path} is not a supported JSONPath")
        steps.append(_step(match, path))
        at = match.end()
    return steps


def _step(match: re.Match[str], path: str) -> Step:
    inner = match.group(1)
    if inner.strip() == "*":
        return _all
    if match.re is _NAME:
        return lambda value: _member(value, inner)
    names = [first or second for first, second in _QUOTED.findall(inner)]
    if names:
        return _members(names)
    if _SLICE.fullmatch(inner):
        part = _slice(inner)
        return lambda value: _array(value)[part]
    if _INDICES.fullmatch(inner):
        return _elements(tuple(int(word) for word in inner.split(",")))
    raise BadPath(f"ClientError: the filter {path} is not a supported JSONPath")


def _slice(inner: str) -> slice:
    start, stop = _SLICE.fullmatch(inner).groups()
    return slice(None if start is None else int(start), None if stop is None else int(stop))


def _all(value: object) -> object:
    return list(value.values()) if isinstance(value, dict) else _array(value)


def _members(names: list[str]) -> Step:
    """Return one name picks a value; several pick an object of them."""
    if len(names) == 1:
        return lambda value: _member(value, names[0])
    return lambda value: {name: _member(value, name) for name in names}


def _elements(picks: tuple[int, ...]) -> Step:
    chosen = Indices(picks, len(picks) == 1)
    if chosen.single:
        return lambda value: chosen.of(_array(value))[0]
    return lambda value: chosen.of(_array(value))


def _member(value: object, name: str) -> object:
    if not isinstance(value, dict) or name not in value:
        raise BadPath(f"ClientError: a filter picks the member {name}, which a record does not have")
    return value[name]


def _array(value: object) -> list[object]:
    if not isinstance(value, list):
        raise BadPath("ClientError: a filter picks elements of what is no array")
    return value
