"""Shapes of a JSON document, and whether a value has one. Knows no model card.

A shape yields what is wrong with a value, as (path, sentence). A value is read once: a document has at most 100,000
characters, and a shape looks at no more than it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Problem = tuple[str, str]


class Shape(Protocol):
    """What a value must look like."""

    def problems(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string of at most `most` and at least `least` characters, or one of `among`."""

    most: int = 1024
    least: int = 0
    among: tuple[str, ...] = ()

    def problems(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if not isinstance(value, str):
            yield path, f"expected type: String, found: {kind_of(value)}"
        elif self.among and value not in self.among:
            yield path, f"{value} is not one of {', '.join(self.among)}"
        elif len(value) > self.most:
            yield path, f"expected at most {self.most} characters, found {len(value)}"
        elif len(value) < self.least:
            yield path, f"expected at least {self.least} characters, found {len(value)}"


@dataclass(frozen=True, slots=True)
class Number:
    """A number, not below `least` where that is given."""

    least: float | None = None

    def problems(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield path, f"expected type: Number, found: {kind_of(value)}"
        elif self.least is not None and value < self.least:
            yield path, f"{value} is less than {self.least}"


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false."""

    def problems(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if not isinstance(value, bool):
            yield path, f"expected type: Boolean, found: {kind_of(value)}"


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value."""

    def problems(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield nothing."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Either:
    """A value of one of several shapes, of different types."""

    of: tuple[Shape, ...]

    def problems(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield what is wrong with a value, as the last shape tells it."""
        found: list[Problem] = []
        for shape in self.of:
            found = list(shape.problems(value, path))
            if not found:
                return
        yield from found


@dataclass(frozen=True, slots=True)
class Several:
    """A list of at least `least` and at most `most` values of one shape."""

    of: Shape
    most: int | None = None
    least: int = 0

    def problems(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if not isinstance(value, list):
            yield path, f"expected type: Array, found: {kind_of(value)}"
        elif self.most is not None and len(value) > self.most:
            yield path, f"expected at most {self.most} items, found {len(value)}"
        elif len(value) < self.least:
            yield path, f"expected at least {self.least} items, found {len(value)}"
        else:
            for place, entry in enumerate(value):
                yield from self.of.problems(entry, f"{path}/{place}")


@dataclass(frozen=True, slots=True)
class Members:
    """An object with these members and, unless it is `open`, no others."""

    members: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    open: bool = False

    def problems(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if not isinstance(value, dict):
            yield path, f"expected type: JSONObject, found: {kind_of(value)}"
            return
        yield from ((path, f"required key [{name}] not found") for name in self.required if name not in value)
        for name, inner in value.items():
            if name in self.members:
                yield from self.members[name].problems(inner, f"{path}/{name}")
            elif not self.open:
                yield path, f"extraneous key [{name}] is not permitted"


@dataclass(frozen=True, slots=True)
class Named:
    """An object whose names are the user's own, with values of one shape."""

    of: Shape

    def problems(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        if not isinstance(value, dict):
            yield path, f"expected type: JSONObject, found: {kind_of(value)}"
            return
        for name, inner in value.items():
            yield from self.of.problems(inner, f"{path}/{name}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """An object whose shape depends on one of its members."""

    by: str
    shapes: Mapping[str, Shape] = field(default_factory=dict)

    def problems(self, value: Any, path: str) -> Iterator[Problem]:
        """Yield what is wrong with a value."""
        chosen = value.get(self.by) if isinstance(value, dict) else None
        shape = self.shapes.get(chosen) if isinstance(chosen, str) else None
        if not isinstance(value, dict):
            yield path, f"expected type: JSONObject, found: {kind_of(value)}"
        elif shape is None:
            yield path, f"required key [{self.by}] is not one of {', '.join(self.shapes)}"
        else:
            yield from shape.problems(value, path)


def kind_of(value: Any) -> str:
    """Return how JSON calls the type of a value."""
    if value is None:
        return "Null"
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int | float):
        return "Number"
    return {str: "String", list: "JSONArray", dict: "JSONObject"}.get(type(value), type(value).__name__)
