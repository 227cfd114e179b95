"""Are the tables that are there those of this version? Makes what is missing, refuses what is different.

    as remembered                nothing to do
    new tables, new indexes      made and remembered
    anything else                Incompatible, and nothing was changed

Of each schema the table `migration` remembers every part (a table or an index) with the fingerprint of its statement,
and how many numbered steps it has been through. No schema has steps today, so that is 0. A version that alters tables
brings its schema's steps along; they are to be carried out in `_bring_up`, in order from the remembered number on,
before the parts are compared.

Knows neither the database (the dialect does) nor any service.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from clary.store.api import Incompatible, Tx
from clary.store.dialect import SQLITE, Dialect
from clary.store.failures import misfits
from clary.store.statements import split, statements, text_of

OWN = "store"
_CREATE = re.compile(r"create\s+(?:unique\s+)?(table|index)\s+if\s+not\s+exists\s+(\w+)", re.IGNORECASE)
_WORD = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|[^\w\s]")

Columns = Mapping[str, set[str]]


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a schema: its steps, and fingerprints by part (`table resource`)."""

    step: int
    parts: Mapping[str, str]


def migrate(tx: Tx, schemas: Mapping[str, str], dialect: Dialect) -> None:
    """Our own tables and those of each schema (name -> script), in one transaction. Raises Incompatible."""
    tx.sql(statements()["migration_table"])
    known = {name: Known(step, json.loads(parts)) for name, step, parts in tx.sql(statements()["migrations"])}
    for name, script in {OWN: text_of("schema"), **schemas}.items():
        _bring_up(tx, name, script, known.get(name), dialect)


def parts_of(script: str) -> dict[str, str]:
    """What a script creates -> its statement. Raises ValueError for a script that does anything else."""
    parts = {}
    for statement in split(script):
        creates = _CREATE.match(statement)
        if creates is None:
            raise ValueError(f"a schema creates tables and indexes if they do not exist; not so: {statement}")
        parts[f"{creates[1]} {creates[2]}".lower()] = statement
    return parts


def fingerprint(statement: str) -> str:
    """SHA-256 of a statement, whatever its spaces, line ends and (outside of quotes) capitals."""
    words = (word if word[0] in "'\"" else word.lower() for word in _WORD.findall(statement))
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


def _bring_up(tx: Tx, name: str, script: str, known: Known | None, dialect: Dialect) -> None:
    parts = parts_of(script)
    wanted = {part: fingerprint(statement) for part, statement in parts.items()}
    if known == Known(0, wanted):
        return
    remembered = known.parts if known else {}
    _refuse(name, _changes(known, wanted))
    missing = {part: statement for part, statement in parts.items() if part not in remembered}
    there = _columns(tx.sql(dialect.columns))
    _refuse(name, _strange_columns(script, missing, there))
    old = known is not None or not there.keys().isdisjoint(_tables(parts))
    for part, statement in missing.items():
        _create(tx, name, part, statement, old)
    tx.sql(statements()["remember_migration"], name, 0, json.dumps(wanted))


def _changes(known: Known | None, wanted: Mapping[str, str]) -> Iterator[str]:
    """How what is remembered differs from what this version creates."""
    if known is None:
        return
    if known.step:
        yield f"they have been through {known.step} steps of which this version knows none"
    for part, print in known.parts.items():
        if part not in wanted:
            yield f"this version has no {part}"
        elif wanted[part] != print:
            yield f"this version has another {part}"


def _strange_columns(script: str, missing: Mapping[str, str], there: Columns) -> Iterator[str]:
    """The tables that are there and not remembered, made before anything was, must have the columns they would get."""
    found = [table for table in _tables(missing) if table in there]
    would_be = _columns_of(script) if found else {}
    for table in found:
        if there[table] != would_be[table]:
            names = ", ".join(sorted(there[table] ^ would_be[table]))
            yield f"table {table} differs in {names}"


def _tables(parts: Iterable[str]) -> list[str]:
    return [part.removeprefix("table ") for part in parts if part.startswith("table ")]


def _columns_of(script: str) -> Columns:
    """By table. The shared dialect is SQLite's (dialect.py), so SQLite reads it best."""
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.executescript(script)
        return _columns(scratch.execute(SQLITE.columns).fetchall())


def _columns(rows: list[tuple[str, str]]) -> Columns:
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def _create(tx: Tx, name: str, part: str, statement: str, old: bool) -> None:
    """What cannot be made among old tables does not fit them; where there are none it is a mistake of ours."""
    try:
        tx.sql(statement)
    except Exception as error:
        if old and misfits(error):
            _refuse(name, iter([f"{part} cannot be made: {str(error).strip()}"]))
        raise


def _refuse(name: str, reasons: Iterator[str]) -> None:
    said = "; ".join(reasons)
    if said:
        owner = "the platform itself" if name == OWN else name
        raise Incompatible(
            f"the tables of {owner} were made by another version ({said}). "
            "Start with an empty home (or database), or run the version that made this one."
        )
