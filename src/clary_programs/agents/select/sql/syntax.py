"""A query as a tree. Knows no text and no row."""

from __future__ import annotations

from typing import Any, NamedTuple


class Key(NamedTuple):
    """A step to a member. A quoted name is compared exactly, any other without case."""

    name: str
    quoted: bool = False


class Index(NamedTuple):
    """A step to an element of a list."""

    number: int


class Each(NamedTuple):
    """A step to every element of a list (`[*]`) or every member of a structure (`.*`)."""

    of_lists: bool


Step = Key | Index | Each


class Literal(NamedTuple):
    value: Any


class Path(NamedTuple):
    root: Key
    steps: tuple[Step, ...] = ()


class Operation(NamedTuple):
    """An operator with its operands: arithmetic, comparison, AND, OR, NOT, `NEG` for a minus sign."""

    name: str
    operands: tuple[Any, ...]


class In(NamedTuple):
    operand: Any
    items: tuple[Any, ...]


class Between(NamedTuple):
    operand: Any
    low: Any
    high: Any


class Like(NamedTuple):
    operand: Any
    pattern: Any
    escape: Any


class Is(NamedTuple):
    """`IS NULL` and `IS MISSING`."""

    operand: Any
    what: str


class Case(NamedTuple):
    """Pairs of condition and result. With a `subject`, conditions are values that it is compared with."""

    subject: Any
    pairs: tuple[tuple[Any, Any], ...]
    otherwise: Any


class Call(NamedTuple):
    name: str
    arguments: tuple[Any, ...]


class Cast(NamedTuple):
    operand: Any
    type: str


class Aggregate(NamedTuple):
    """`operand` is None for COUNT(*)."""

    name: str
    operand: Any


class Star(NamedTuple):
    """`*`, or `s.*`."""


class Projection(NamedTuple):
    expression: Any
    name: str | None  # the alias, where there is one


class Query(NamedTuple):
    projections: tuple[Projection, ...]
    path: tuple[Step, ...]  # what follows S3Object in FROM, without a first [*]
    alias: Key | None
    where: Any
    limit: int | None
