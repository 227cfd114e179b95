"""One transaction over an open connection: the statements of `sql/` as the methods of Tx. Knows no driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from clary.store.api import Exists, Query, Record, Stale
from clary.store.dialect import Dialect
from clary.store.failures import translated
from clary.store.filters import conditions, page
from clary.store.formats import Formats, encode
from clary.store.statements import statements

Execute = Callable[[str, Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class Language:
    """What every transaction of a store shares: the dialect, our statements in it, the formats of documents."""

    dialect: Dialect
    statements: Mapping[str, str]
    formats: Formats

    @staticmethod
    def of(dialect: Dialect, formats: Formats) -> Language:
        """Our statements in this dialect; those with a gap are translated once it is filled."""
        texts = {
            name: text if "{" in text else dialect.translate(text) for name, text in statements().items()
        }
        return Language(dialect, texts, formats)


class Transaction:
    """Tx over anything that executes a statement and returns a cursor.

    `execute` and `execute_many` are the driver's; `careful` executes a statement that may break a unique key so that
    the transaction may go on (PostgreSQL needs a savepoint for that).
    """

    __slots__ = ("_careful", "_execute", "_execute_many", "_language", "_say")

    def __init__(
        self, language: Language, execute: Execute, execute_many: Execute, careful: Execute | None = None
    ) -> None:
        self._language = language
        self._say = language.statements
        self._execute = execute
        self._execute_many = execute_many
        self._careful = careful or execute

    def end(self) -> None:
        """Whoever kept this object gets an error from now on."""
        self._execute = self._execute_many = self._careful = _ended

    # records ---------------------------------------------------------------------------------------------------

    def get(self, kind: str, scope: str, id: str) -> Record | None:
        row = self._execute(self._say["get"], (kind, scope, id)).fetchone()
        return self._record(row) if row else None

    def by_arn(self, arn: str) -> Record | None:
        row = self._execute(self._say["by_arn"], (arn,)).fetchone()
        return self._record(row) if row else None

    def insert(self, record: Record) -> Record:
        r = record
        format = self._language.formats.current(r.kind)
        row = (r.kind, r.scope, r.id, r.arn, r.status, encode(r.doc), format, r.created, r.modified, r.due)
        if self._execute(self._say["insert"], row).rowcount != 1:
            raise Exists(f"{r.kind} {r.id} is already there")
        return r.evolve(version=1)

    def update(self, record: Record) -> Record:
        r = record
        format = self._language.formats.current(r.kind)
        values = (r.arn, r.status, encode(r.doc), format, r.created, r.modified, r.due)
        if self._execute(self._say["update"], (*values, *_seen(r))).rowcount != 1:
            raise Stale(f"{r.kind} {r.id} was changed or deleted since it was read")
        return r.evolve(version=r.version + 1)

    def delete(self, record: Record) -> None:
        if self._execute(self._say["delete"], _seen(record)).rowcount != 1:
            raise Stale(f"{record.kind} {record.id} was changed or deleted since it was read")
        if record.arn:
            self._execute(self._say["untag_all"], (record.arn,))

    def list(self, kind: str, scope: str | None, query: Query = Query()) -> list[Record]:
        where, args = conditions(kind, scope, query, self._language.dialect)
        (after, more), order = page(scope, query)
        statement = self._say["list"].format(where=f"{where} and {after}", order=order)
        return [self._record(row) for row in self._ask(statement, [*args, *more, query.limit])]

    def count(self, kind: str, scope: str | None, query: Query = Query()) -> int:
        where, args = conditions(kind, scope, query, self._language.dialect)
        return self._ask(self._say["count"].format(where=where), args)[0][0]

    # controllers -----------------------------------------------------------------------------------------------

    def claim_due(self, kinds: Sequence[str], now: float, lease: float, limit: int) -> list[Record]:
        if not kinds:
            return []
        statement = self._say["claim_due"].format(kinds=_marks(kinds))
        rows = self._ask(statement, [now + lease, now, now, *kinds, limit])
        return sorted((self._record(row) for row in rows), key=lambda record: record.due or 0.0)

    def next_due(self, kinds: Sequence[str]) -> float | None:
        if not kinds:
            return None
        return self._ask(self._say["next_due"].format(kinds=_marks(kinds)), list(kinds))[0][0]

    # tags and tokens -------------------------------------------------------------------------------------------

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        for key, value in tags.items():
            self._execute(self._say["tag"], (arn, key, value))

    def untag(self, arn: str, keys: Iterable[str]) -> None:
        for key in keys:
            self._execute(self._say["untag"], (arn, key))

    def tags(self, arn: str) -> dict[str, str]:
        return dict(self._execute(self._say["tags"], (arn,)).fetchall())

    def once(self, scope: str, operation: str, token: str) -> dict[str, Any] | None:
        row = self._execute(self._say["once"], (scope, operation, token)).fetchone()
        return orjson.loads(row[0]) if row else None

    def remember(self, scope: str, operation: str, token: str, result: Mapping[str, Any]) -> None:
        self._execute(self._say["remember"], (scope, operation, token, encode(result)))

    # a service's own tables ------------------------------------------------------------------------------------

    def sql(self, statement: str, *args: Any) -> list[tuple[Any, ...]]:
        try:
            cursor = self._careful(self._language.dialect.translate(statement), args)
            return cursor.fetchall() if cursor.description else []
        except Exception as error:
            raise translated(error) from error

    def sql_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self._execute_many(self._language.dialect.translate(statement), rows)  # type: ignore[arg-type]
        except Exception as error:
            raise translated(error) from error

    # -----------------------------------------------------------------------------------------------------------

    def _ask(self, statement: str, args: Sequence[Any]) -> list[tuple[Any, ...]]:
        """A statement that is put together per call. Its marks are the shared dialect's."""
        return self._execute(self._language.dialect.translate(statement), args).fetchall()

    def _record(self, row: tuple[Any, ...]) -> Record:
        kind, scope, id, arn, status, text, version, created, modified, due, format = row
        doc = self._language.formats.decode(kind, text, format)
        # SQLite gives some whole numbers of a REAL column back as integers; a moment is a float, however it was read.
        created, modified = float(created), float(modified)
        due = None if due is None else float(due)
        return Record(kind, scope, id, arn, status, doc, version, created, modified, due)


def _seen(record: Record) -> tuple[str, str, str, int]:
    return record.kind, record.scope, record.id, record.version


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" for _ in values)


def _ended(statement: str, args: Sequence[Any]) -> Any:
    raise RuntimeError("this transaction is over")
