"""How a column's name is found in a row: in the fields of a CSV record, or in a value of JSON and Parquet."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.syntax import Index, Key, Step
from clary_programs.agents.select.sql.values import MISSING

Getter = Callable[[Any], Any]
_POSITION = re.compile(r"_([0-9]{1,6})")


class Rows(Protocol):
    """The rows of a source."""

    nested: bool

    def column(self, key: Key) -> Getter:
        """Return what reads a column of a row. Raise Failure where there cannot be one."""
        ...

    def members(self, row: Any) -> list[tuple[str, Any]]:
        """Return names and values of a whole row."""
        ...


def position(name: str) -> int | None:
    """Return the number of a column `_1`, or None. Raise InvalidColumnIndex."""
    match = _POSITION.fullmatch(name)
    if match is None:
        return None
    if int(match[1]) < 1:
        raise Failure("InvalidColumnIndex")
    return int(match[1])


class Fields:
    """Records of CSV: a list of texts, with the names of a header or without."""

    nested = False

    def __init__(self, header: Sequence[str] | None) -> None:
        self._header = header

    def column(self, key: Key) -> Getter:
        number = self._named(key)
        if number is None:
            number = position(key.name)
            if number is None:
                raise Failure("MissingHeaders" if self._header is not None else "InvalidColumnIndex")
        at = number - 1
        return lambda row: row[at] if at < len(row) else MISSING

    def _named(self, key: Key) -> int | None:
        names = self._header or ()
        found = [n for n, name in enumerate(names, 1) if _is_same(name, key)]
        if len(found) > 1:
            raise Failure("AmbiguousFieldName")
        return found[0] if found else None

    def members(self, row: Any) -> list[tuple[str, Any]]:
        names = self._header or ()
        return [(names[n] if n < len(names) else f"_{n + 1}", value) for n, value in enumerate(row)]


class Values:
    """Values of JSON and rows of Parquet."""

    nested = True

    def column(self, key: Key) -> Getter:
        get = member(key)
        if position(key.name) != 1:
            return get

        def first(row: Any) -> Any:
            found = get(row)
            return row if found is MISSING else found

        return first

    def members(self, row: Any) -> list[tuple[str, Any]]:
        if isinstance(row, dict):
            return list(row.items())
        return [] if row is MISSING else [("_1", row)]


def _is_same(name: str, key: Key) -> bool:
    return name == key.name or (not key.quoted and name.lower() == key.name.lower())


def member(key: Key) -> Getter:
    """Return what reads a member of a structure."""
    name, folded = key.name, key.name.lower()
    if key.quoted:
        return lambda value: value.get(name, MISSING) if isinstance(value, dict) else MISSING

    def get(value: Any) -> Any:
        if not isinstance(value, dict):
            return MISSING
        found = [given for given in value if given.lower() == folded]
        if len(found) > 1:
            raise Failure("AmbiguousFieldName")
        return value[found[0]] if found else MISSING

    return get


def element(number: int) -> Getter:
    return lambda value: value[number] if isinstance(value, list) and number < len(value) else MISSING


def getter(step: Step) -> Getter:
    """Return what follows one step of a path in an expression."""
    if isinstance(step, Key):
        return member(step)
    if isinstance(step, Index):
        return element(step.number)
    raise Failure("ParseInvalidContextForWildcardInSelectList")
