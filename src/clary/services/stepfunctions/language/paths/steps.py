"""The steps of a path and the conditions of its filters: data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Name:
    """`.a`, `['a']`, and `['a','b']`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """`[0]`, `[-1]`, and `[0,2]`."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """`[1:5]`."""

    start: int | None
    stop: int | None
    by: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`.*` and `[*]`."""


@dataclass(frozen=True, slots=True)
class Deep:
    """`..` before a step: here and everywhere below."""

    step: Step


@dataclass(frozen=True, slots=True)
class Filter:
    """`[?(condition)]`."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Function:
    """`.length()`, `.min()` … at the end."""

    name: str


Step = Name | Index | Slice | Wildcard | Deep | Filter | Function


@dataclass(frozen=True, slots=True)
class Inner:
    """A path in a filter, from the item (`@`) or from the root (`$`)."""

    from_item: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written in a filter."""

    value: Any


@dataclass(frozen=True, slots=True)
class Compare:
    """`@.a < 3`."""

    left: Inner | Literal
    operator: str
    right: Inner | Literal


@dataclass(frozen=True, slots=True)
class Exists:
    """`@.a`."""

    path: Inner


@dataclass(frozen=True, slots=True)
class Not:
    """`!(…)`."""

    of: Condition


@dataclass(frozen=True, slots=True)
class All:
    """`… && …`."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    """`… || …`."""

    of: tuple[Condition, ...]


Condition = Compare | Exists | Not | All | Any_
