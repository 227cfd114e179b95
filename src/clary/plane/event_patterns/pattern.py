"""A pattern that was read, and how it is matched: in time that is bounded by its size times that of the document.

Arrays of a document match if one of their elements does. Where a pattern names several members below an array, one and the same
element must have them. A dot in a name separates as nesting does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Test = Callable[[Any], bool]
"""Whether a string, a number, a truth value or null matches."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a member must be: one of the tests holds for its value, or for one of them in an array."""

    tests: tuple[Test, ...]
    absent: bool = False
    """Whether a member without a value also matches ({"exists": false})."""

    def matches(self, value: Any, present: bool) -> bool:
        values = list(_values(value)) if present else []
        if not values:
            return self.absent
        return any(test(one) for one in values for test in self.tests)


@dataclass(slots=True)
class Pattern:
    """All members match, and one alternative of each `$or`."""

    members: dict[str, Pattern | Leaf] = field(default_factory=dict)
    also: list[Pattern | Leaf] = field(default_factory=list)
    """Further conditions on the same value: of a name that was given in two ways (`a.b`, and `b` in `a`)."""
    either: list[list[Pattern]] = field(default_factory=list)

    def matches(self, document: Any) -> bool:
        """Return whether a document (as of a JSON reader) matches. One that is nested too deep for Python does not."""
        try:
            return self._matches(_undotted(document), True)
        except RecursionError:
            return False

    def _matches(self, value: Any, present: bool) -> bool:
        if isinstance(value, list):
            return (
                any(self._matches(one, True) for one in value) if value else self._matches_object({}, present)
            )
        return self._matches_object(value if isinstance(value, Mapping) else {}, present)

    def _matches_object(self, value: Mapping[str, Any], present: bool) -> bool:
        return (
            all(_holds(part, value.get(name), name in value) for name, part in self.members.items())
            and all(any(one._matches_object(value, present) for one in those) for those in self.either)
            and all(_holds(part, value, present) for part in self.also)
        )


def _holds(part: Pattern | Leaf, value: Any, present: bool) -> bool:
    return part.matches(value, present) if isinstance(part, Leaf) else part._matches(value, present)


def _values(value: Any) -> Iterator[Any]:
    """Yield the values of a member that are no objects."""
    if isinstance(value, list):
        for one in value:
            yield from _values(one)
    elif not isinstance(value, Mapping):
        yield value


def _undotted(value: Any) -> Any:
    """Return a document whose names have no dots: `{"a.b": 1}` as `{"a": {"b": 1}}`."""
    if isinstance(value, list):
        return [_undotted(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for name, one in value.items():
        first, dot, rest = name.partition(".")
        inner = _undotted({rest: one} if dot else one)
        found[first] = _joined(found[first], inner) if first in found else inner
    return found


def _joined(one: Any, other: Any) -> Any:
    """Return a value that matches what either of two matches."""
    if isinstance(one, dict) and isinstance(other, dict):
        both = {name: _joined(one[name], other[name]) for name in one.keys() & other.keys()}
        return {**one, **other, **both}
    return [one, other]
