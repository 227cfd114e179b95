"""Bring existing tables up to this version, or reject those that cannot be.

    made by this version         nothing to do
    made by an earlier version   the missing steps are executed in order
    made by a later version, or
    altered otherwise            Incompatible, and nothing was changed

For each schema, the table `migration` records how many steps were executed, and every part (a table or an
index) with its fingerprint after that step. Versions from before there were steps recorded none (0): their
tables are those of the first step, or some of them.

All schemas share one transaction: if a step fails, those before it are rolled back. Knows neither the
database (the dialect does) nor any service.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from clary.store.api import Incompatible, Tx
from clary.store.dialect import SQLITE, Dialect
from clary.store.driver_errors import is_schema_mismatch
from clary.store.schemas import Schema, differences, schema_of, tables
from clary.store.statements import statements

OWN = "store"

Columns = Mapping[str, set[str]]
Copy = Callable[[int], None]
"""Called before a home in use is changed, with the number of steps that the home will have."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is recorded of a schema: its number of steps, and fingerprints by part (`table resource`)."""

    step: int
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """A schema, and what the home has of it: nothing, recorded steps, or tables from before steps were
    recorded."""

    name: str
    schema: Schema
    known: Known | None
    there: frozenset[str]

    @property
    def step(self) -> int:
        return self.known.step if self.known else 0

    @property
    def pending(self) -> range:
        """The numbers of the steps to execute."""
        return range(self.step + 1, len(self.schema.steps) + 1)

    @property
    def used(self) -> bool:
        """Whether the home has tables of this schema."""
        return self.known is not None or bool(self.there)

    @property
    def changes(self) -> bool:
        """Whether the steps change what exists, rather than only add tables."""
        statements = [text for step in self.pending for text in self.schema.statements(step)]
        return any(self.used or not text.lower().startswith("create") for text in statements)


def migrate(tx: Tx, schemas: Mapping[str, Schema], dialect: Dialect, copy: Copy) -> None:
    """Bring the store's own tables and those of each schema up to this version. Raise Incompatible."""
    tx.sql(statements()["migration_table"])
    plans = _plans(tx, {OWN: schema_of("clary.store"), **schemas}, dialect)
    for plan in plans:
        _reject(plan, _incompatibilities(plan))
    in_use = plans[0].used
    if in_use and any(plan.changes for plan in plans):
        copy(sum(len(plan.schema.steps) for plan in plans))
    for plan in plans:
        _execute_steps(tx, plan, in_use)


def _plans(tx: Tx, schemas: Mapping[str, Schema], dialect: Dialect) -> list[Plan]:
    known = {name: Known(step, json.loads(parts)) for name, step, parts in tx.sql(statements()["migrations"])}
    columns = None if known.keys() >= schemas.keys() else _columns(tx.sql(dialect.columns))
    return [_plan(name, schema, known.get(name), columns or {}) for name, schema in schemas.items()]


def _plan(name: str, schema: Schema, known: Known | None, columns: Columns) -> Plan:
    if known is not None or not schema.steps:
        return Plan(name, schema, known, frozenset())
    there = {table: columns[table] for table in tables(schema.parts(1)) if table in columns}
    plan = Plan(name, schema, known, frozenset(there))
    _reject(plan, _unexpected_columns(schema, there))
    return plan


def _incompatibilities(plan: Plan) -> Iterator[str]:
    """Yield the reasons why the recorded state cannot be brought up to this version."""
    if plan.known is None:
        return
    last = len(plan.schema.steps)
    if plan.step > last:
        yield f"they have been through {plan.step} steps, of which this version knows {last}"
        return
    # Before there were steps, tables and indexes were added to the first schema, so early homes have fewer of
    # them.
    wanted = plan.schema.parts(max(plan.step, min(1, last)))
    yield from differences(plan.known.parts, wanted)
    if plan.step:
        yield from (f"{part} is not among them" for part in wanted if part not in plan.known.parts)


def _unexpected_columns(schema: Schema, there: Columns) -> Iterator[str]:
    """Yield the differences of unrecorded tables from the columns of the first step."""
    would_be = _columns_of(schema.steps[0]) if there else {}
    for table, columns in there.items():
        if columns != would_be[table]:
            names = ", ".join(sorted(columns ^ would_be[table]))
            yield f"table {table} differs in {names}"


def _columns_of(script: str) -> Columns:
    """Return columns by table. SQLite parses the script, since the common dialect is SQLite's (dialect.py)."""
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.executescript(script)
        return _columns(scratch.execute(SQLITE.columns).fetchall())


def _columns(rows: Iterable[tuple[str, str]]) -> Columns:
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def _execute_steps(tx: Tx, plan: Plan, in_use: bool) -> None:
    if not plan.pending:
        return
    for step in plan.pending:
        for statement in plan.schema.statements(step):
            _execute(tx, plan, step, statement, in_use)
    last = plan.pending[-1]
    tx.sql(statements()["remember_migration"], plan.name, last, json.dumps(plan.schema.parts(last)))


def _execute(tx: Tx, plan: Plan, step: int, statement: str, in_use: bool) -> None:
    """Execute a statement; raise Incompatible if existing tables do not allow it.

    Without existing tables, an error is a bug in the step and is raised as it is. A statement that creates
    nothing is about other schemas' tables if this schema is new.
    """
    try:
        tx.sql(statement)
    except Exception as error:
        concerned = plan.used or (in_use and not statement.lower().startswith("create"))
        if concerned and is_schema_mismatch(error):
            words = " ".join(statement.split()[:6])
            _reject(plan, iter([f"step {step} cannot be carried out at `{words} …`: {str(error).strip()}"]))
        raise


def _reject(plan: Plan, reasons: Iterator[str]) -> None:
    reason = "; ".join(reasons)
    if reason:
        owner = "the platform itself" if plan.name == OWN else plan.name
        when = "a later" if plan.step > len(plan.schema.steps) else "another"
        raise Incompatible(
            f"the tables of {owner} were made by {when} version ({reason}). Nothing was changed. "
            "Run the version that made this home (or database), or go back to a copy of it from before."
        )
