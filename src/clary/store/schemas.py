"""A schema as numbered steps, and the tables and indexes that exist after each. Knows no database.

The files are `schema/0001_first.sql`, `0002_….sql` in a package's folder. A released step is never edited:
changes come in a further step. A step creates, alters and drops tables and indexes and changes rows, in the
dialect that SQLite and PostgreSQL share (dialect.py). The first step only creates, and changes rows of other
schemas.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path

from clary.store.statements import split

_FILE = re.compile(r"(\d{4})_\w+\.sql")
_CREATE = re.compile(
    r"create\s+(?:unique\s+)?(table|index)\s+if\s+not\s+exists\s+(\w+)(?:\s+on\s+(\w+))?", re.IGNORECASE
)
_ALTER = re.compile(r"alter\s+table\s+(\w+)\s+(?:rename\s+to\s+(\w+)\s*$)?", re.IGNORECASE)
_DROP = re.compile(r"drop\s+(table|index)\s+(\w+)\s*$", re.IGNORECASE)
_CHANGE = re.compile(r"(?:insert|update|delete)\s", re.IGNORECASE)
_WORD = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|[^\w\s]")

Parts = dict[str, str]  # `table resource` -> the fingerprint of all statements that shaped it


def fingerprint(statement: str) -> str:
    """Return the SHA-256 of a statement, ignoring white space and (outside of quotation marks) case."""
    words = (word if word[0] in "'\"" else word.lower() for word in _WORD.findall(statement))
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


@dataclass(frozen=True)
class Schema:
    """The scripts of the steps, in order. Raises ValueError for a statement that a step may not contain."""

    steps: tuple[str, ...]

    @staticmethod
    def of(*scripts: str) -> Schema:
        """Return a schema of these steps; raise ValueError if one is invalid."""
        schema = Schema(scripts)
        schema.parts(len(scripts))
        return schema

    def parts(self, step: int) -> Parts:
        """Return the parts that exist after this many steps."""
        return self._history[step]

    def statements(self, step: int) -> list[str]:
        """Return the statements of a step; the first step has number 1."""
        return self._statements[step - 1]

    @cached_property
    def _statements(self) -> list[list[str]]:
        return [list(split(script)) for script in self.steps]

    @cached_property
    def _history(self) -> list[Parts]:
        parts = _Parts()
        history = [dict(parts.made)]
        for number, statements in enumerate(self._statements, 1):
            for statement in statements:
                parts.follow(statement, first=number == 1)
            history.append(dict(parts.made))
        return history


@cache
def schema_of(package: str) -> Schema:
    """Return the schema in the folder `schema` of a package, which is not imported. Raise ValueError unless its files are
    numbered 1, 2, 3 …"""
    top, *inner = package.split(".")
    folder = Path(import_module(top).__path__[0], *inner, "schema")
    found = sorted((file.name, file) for file in folder.iterdir() if file.name.endswith(".sql"))
    names = [name for name, _ in found]
    numbers = [int(match[1]) if (match := _FILE.fullmatch(name)) else 0 for name in names]
    if numbers != list(range(1, len(names) + 1)):
        raise ValueError(f"the steps of {package} are not numbered one after the other: {', '.join(names)}")
    return Schema.of(*(file.read_text() for _, file in found))


def tables(parts: Iterable[str]) -> list[str]:
    """Return the names of the tables among parts."""
    return [part.removeprefix("table ") for part in parts if part.startswith("table ")]


class _Parts:
    """Tracks which parts exist after each statement."""

    def __init__(self) -> None:
        self.made: Parts = {}
        self._table_of: dict[str, str] = {}  # index -> its table

    def follow(self, statement: str, *, first: bool) -> None:
        if creates := _CREATE.match(statement):
            self._create(statement, *(word.lower() if word else "" for word in creates.groups()))
        elif (alters := _ALTER.match(statement)) and not first:
            self._alter(statement, alters[1].lower(), (alters[2] or "").lower())
        elif (drops := _DROP.match(statement)) and not first:
            self._drop(drops[1].lower(), drops[2].lower())
        elif not _CHANGE.match(statement):
            may = "creates tables and indexes if they do not exist" if first else "creates, alters or drops"
            raise ValueError(f"a step of a schema {may}, or changes rows; not so: {statement}")

    def _create(self, statement: str, what: str, name: str, table: str) -> None:
        self.made[f"{what} {name}"] = fingerprint(statement)
        if what == "index":
            self._table_of[name] = table

    def _alter(self, statement: str, table: str, renamed: str) -> None:
        """Add an ALTER statement to the fingerprint of its table."""
        before = self._taken("table", table)
        self.made[f"table {renamed or table}"] = fingerprint(f"{before} {statement}")
        for index, owner in self._table_of.items():
            if owner == table:
                self._table_of[index] = renamed or table

    def _drop(self, what: str, name: str) -> None:
        self._taken(what, name)
        if what == "table":
            for index in self._indexes_of(name):
                self._drop("index", index)
        else:
            del self._table_of[name]

    def _taken(self, what: str, name: str) -> str:
        part = f"{what} {name}"
        if part not in self.made:
            raise ValueError(f"a step of a schema changes what the steps before it did not make: {part}")
        return self.made.pop(part)

    def _indexes_of(self, table: str) -> list[str]:
        return [index for index, owner in self._table_of.items() if owner == table]


def differences(known: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[str]:
    """Yield the differences between recorded parts and those that this version makes in as many steps."""
    for part, print in known.items():
        if part not in wanted:
            yield f"this version has no {part}"
        elif wanted[part] != print:
            yield f"this version has another {part}"
