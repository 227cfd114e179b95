"""One transaction on an open connection: the statements in `sql/` as the methods of Tx. Knows no driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from clary.kernel import Move, machine_time
from clary.store.api import Change, Exists, Query, Record, Stale, Trimmed, Version
from clary.store.dialect import Dialect
from clary.store.document_formats import Formats, Upgrades, encode
from clary.store.driver_errors import translate_error
from clary.store.feed import Feed, Observed
from clary.store.filters import conditions, page
from clary.store.interest import Execute, Interests
from clary.store.statements import statements

_INDEXED = frozenset(("created", "modified", "id"))  # orders that an index has


@dataclass(frozen=True, slots=True)
class Language:
    """What all transactions of a store share: dialect, statements, document formats, observed members, clock."""

    dialect: Dialect
    statements: Mapping[str, str]
    formats: Formats
    observed: Observed
    observes_tags: bool
    clock: Callable[[], float]

    @staticmethod
    def of(
        dialect: Dialect,
        upgrades: Upgrades | None = None,
        observed: Observed | None = None,
        clock: Callable[[], float] = machine_time,
    ) -> Language:
        """Return the statements in this dialect. Those with a placeholder are translated when it is filled."""
        texts = {
            name: text if "{" in text else dialect.translate(text) for name, text in statements().items()
        }
        observed = observed or {}
        tags = any(observe.tags for observe in observed.values())
        return Language(dialect, texts, Formats(upgrades), observed, tags, clock)


class Transaction:
    """A Tx on anything that executes a statement and returns a cursor.

    `execute` and `execute_many` are the driver's. `careful` executes a statement that may violate a unique
    key such that the transaction can continue (PostgreSQL needs a savepoint for that).
    """

    __slots__ = ("_careful", "_execute", "_execute_many", "_feed", "_language", "_say")

    def __init__(
        self, language: Language, execute: Execute, execute_many: Execute, careful: Execute | None = None
    ) -> None:
        self._language = language
        self._say = language.statements
        self._execute = execute
        self._execute_many = execute_many
        self._careful = careful or execute
        self._feed = Feed(language, execute)

    @property
    def _interests(self) -> Interests:
        """Made when it is asked for: most transactions have nothing to do with it."""
        return Interests(self._say, self._execute, self._language.clock)

    def flush(self) -> None:
        """Write what waits for the end of the transaction. Call this before the commit."""
        self._feed.flush()

    @property
    def has_changes(self) -> bool:
        """Whether the transaction wrote to the change feed."""
        return self._feed.has_written

    def end(self) -> None:
        """Make this object unusable, for code that kept it."""
        self._execute = self._execute_many = self._careful = _ended
        self._feed.end(_ended)

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
        content = (r.arn, r.parent, r.status, encode(r.doc), format, r.created, r.modified, *_timer(r))
        if self._execute(self._say["insert"], (r.kind, r.scope, r.id, *content)).rowcount != 1:
            raise Exists(f"{r.kind} {r.id} is already there")
        self._feed.created(r)
        return r.evolve(version=1)

    def update(self, record: Record) -> Record:
        r = record
        format = self._language.formats.current(r.kind)
        content = (r.arn, r.parent, r.status, encode(r.doc), format, r.created, r.modified, *_timer(r))
        before = self._feed.before(r)
        if before is None or self._execute(self._say["update"], (*content, *_seen(r))).rowcount != 1:
            raise _stale(r)
        self._feed.updated(r, before)
        return r.evolve(version=r.version + 1)

    def delete(self, record: Record) -> None:
        before = self._feed.before(record)
        if before is None or self._execute(self._say["delete"], _seen(record)).rowcount != 1:
            raise _stale(record)
        if record.arn:
            self._execute(self._say["untag_all"], (record.arn,))
        self._feed.deleted(record, before)

    def list(self, kind: str, scope: str | None, query: Query = Query()) -> list[Record]:
        where, args = conditions(kind, scope, query, self._language.dialect)
        (after, more), (order, paths) = page(scope, query, self._language.dialect)
        sorts = query.order not in _INDEXED
        statement = self._say["list_sorted" if sorts else "list"].format(
            where=f"{where} and {after}", order=order
        )
        args = [*args, *more, *paths, query.limit, *(paths if sorts else ())]
        formats = self._language.formats
        decode = formats.decode_shared if query.shared else formats.decode
        return [_record(row, decode) for row in self._ask(statement, args).fetchall()]

    def count(self, kind: str, scope: str | None, query: Query = Query()) -> int:
        where, args = conditions(kind, scope, query, self._language.dialect)
        return self._ask(self._say["count"].format(where=where), args).fetchone()[0]

    def versions(self, kind: str) -> list[Version]:
        rows = self._execute(self._say["versions"], (kind,)).fetchall()
        return [Version(scope, id, version, float(created)) for scope, id, version, created in rows]

    # controllers -----------------------------------------------------------------------------------------------

    def claim_due(
        self, kinds: Sequence[str], now: float, lease: float, limit: int, ahead: float = 0.0
    ) -> list[Record]:
        first = self._waiting(kinds, ahead)
        due = [kind for kind in kinds if first.get(kind, now + 1) <= now]
        claimed: list[Record] = []
        while due and len(claimed) < limit:
            share = -(-(limit - len(claimed)) // len(due))
            due = [
                kind
                for kind in due
                if self._claim(kind, now, lease, min(share, limit - len(claimed)), ahead, claimed)
            ]
        return sorted(claimed, key=lambda record: record.due or 0.0)

    def _claim(
        self, kind: str, now: float, lease: float, limit: int, ahead: float, claimed: list[Record]
    ) -> bool:
        """Claim at most `limit` records of a kind; return whether there may be more."""
        if not limit:
            return False
        rows = self._execute(self._say["claim"], (now + lease, kind, now, limit)).fetchall()
        if len(rows) < limit:
            left = (now, now + lease, kind, now + ahead, limit - len(rows))
            rows += self._execute(self._say["claim_waiting"], left).fetchall()
        claimed += (self._record(row) for row in rows)
        return len(rows) == limit

    def next_due(self, kinds: Sequence[str], ahead: float = 0.0) -> float | None:
        return min(self._waiting(kinds, ahead).values(), default=None)

    def _waiting(self, kinds: Sequence[str], ahead: float) -> dict[str, float]:
        """Return by kind when its first record is due; kinds without one are left out."""
        if not kinds:
            return {}
        statement = self._say["waiting"].format(kinds=", ".join("(?)" for _ in kinds))
        return {
            kind: min(moment for moment in (look_at, until and until - ahead) if moment is not None)
            for kind, look_at, until in self._ask(statement, kinds).fetchall()
        }

    def postpone(self, record: Record, due: float | None, until: float | None = None) -> Record:
        later = record.evolve(due=due, until=until)
        if self._execute(self._say["postpone"], (*_timer(later), *_seen(record))).rowcount != 1:
            raise _stale(record)
        return later

    def hasten(self, kind: str, scope: str, id: str, now: float) -> None:
        self._execute(self._say["hasten"], (now, now, kind, scope, id, now))

    def hasten_all(self, kinds: Sequence[str], now: float) -> None:
        if kinds:
            self._ask(self._say["hasten_all"].format(kinds=_marks(kinds)), [now, now, now, *kinds])

    def end_leases(self, kinds: Sequence[str]) -> None:
        if kinds:
            self._ask(self._say["end_leases"].format(kinds=_marks(kinds)), kinds)

    # business time ---------------------------------------------------------------------------------------------

    def moves(self) -> list[Move]:
        return [Move(*map(float, row)) for row in self._execute(self._say["moves"], ()).fetchall()]

    def newest_move(self) -> Move | None:
        row = self._execute(self._say["newest_move"], ()).fetchone()
        return Move(*map(float, row)) if row else None

    def write_move(self, move: Move) -> None:
        if self._execute(self._say["write_move"], move).rowcount != 1:
            raise Stale("business time was moved meanwhile")

    # tags and tokens -------------------------------------------------------------------------------------------

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        with self._tagging(arn):
            for key, value in tags.items():
                self._execute(self._say["tag"], (arn, key, value))

    def untag(self, arn: str, keys: Iterable[str]) -> None:
        with self._tagging(arn):
            for key in keys:
                self._execute(self._say["untag"], (arn, key))

    @contextmanager
    def _tagging(self, arn: str) -> Iterator[None]:
        record = self._feed.owner(arn)
        before = self._feed.before(record) if record else None
        yield
        if record and before:
            self._feed.tagged(record, before)

    def tags(self, arn: str) -> dict[str, str]:
        return dict(self._execute(self._say["tags"], (arn,)).fetchall())

    def once(self, scope: str, operation: str, token: str) -> dict[str, Any] | None:
        row = self._execute(self._say["once"], (scope, operation, token)).fetchone()
        return orjson.loads(row[0]) if row else None

    def remember(self, scope: str, operation: str, token: str, result: Mapping[str, Any]) -> None:
        self._execute(self._say["remember"], (scope, operation, token, encode(result)))

    # what changed ----------------------------------------------------------------------------------------------

    def changed(self, kind: str, scope: str, id: str, arn: str, what: str, view: Mapping[str, Any]) -> None:
        self._feed.changed(kind, scope, id, arn, what, view)

    def changes(self, after: int, limit: int, kinds: Sequence[str] | None = None) -> list[Change]:
        return self._feed.changes(after, limit, kinds)

    def newest_change(self) -> int:
        return self._feed.newest()

    def is_wanted(self, kind: str, subject: str = "") -> bool:
        return self._interests.is_wanted(kind, subject)

    def want(self, name: str, kind: str, subject: str = "", seconds: float | None = None) -> None:
        self._interests.want(name, kind, subject, seconds)

    def seconds_wanted(self, name: str, kind: str) -> float:
        return self._interests.seconds_left(name, kind)

    def enroll(self, name: str, kinds: Sequence[str] = ()) -> None:
        self._interests.enroll(name, kinds)

    def position(self, name: str) -> int | None:
        return self._feed.position(name)

    def take_position(self, name: str) -> int:
        return self._feed.take_position(name)

    def advance(self, name: str, number: int) -> None:
        self._feed.advance(name, number)

    def trim_changes(self, keep: int = 10_000, most: int = 100_000, silent: float = 600.0) -> Trimmed:
        trimmed = self._feed.trim(keep, most, silent)
        for one in trimmed.lapsed:
            self._interests.forget(one.name)
        self._interests.tidy()
        return trimmed

    # a service's own tables ------------------------------------------------------------------------------------

    def sql(self, statement: str, *args: Any) -> list[tuple[Any, ...]]:
        try:
            cursor = self._careful(self._language.dialect.translate(statement), args)
            return cursor.fetchall() if cursor.description else []
        except Exception as error:
            raise translate_error(error) from error

    def sql_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self._execute_many(self._language.dialect.translate(statement), rows)  # type: ignore[arg-type]
        except Exception as error:
            raise translate_error(error) from error

    # -----------------------------------------------------------------------------------------------------------

    def _ask(self, statement: str, args: Sequence[Any]) -> Any:
        """Execute a statement that is put together for this call, in the common dialect."""
        return self._execute(self._language.dialect.translate(statement), args)

    def _record(self, row: tuple[Any, ...]) -> Record:
        return _record(row, self._language.formats.decode)


def _record(row: tuple[Any, ...], decode: Callable[[str, str, int], dict[str, Any]]) -> Record:
    kind, scope, id, arn, parent, status, text, version, created, modified, due, until, format = row
    doc = decode(kind, text, format)
    # SQLite returns some whole numbers of a REAL column as integers; times must always be floats.
    created, modified = float(created), float(modified)
    due = None if due is None else float(due)
    until = None if until is None else float(until)
    return Record(kind, scope, id, arn, status, doc, version, created, modified, due, parent, until)


def _stale(record: Record) -> Stale:
    return Stale(f"{record.kind} {record.id} was changed or deleted since it was read")


def _timer(record: Record) -> tuple[float | None, float | None, float | None]:
    """Return `due`, `look_at` and `until` of a record without a lease."""
    return record.due, record.due, record.until


def _seen(record: Record) -> tuple[str, str, str, int]:
    return record.kind, record.scope, record.id, record.version


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" for _ in values)


def _ended(statement: str, args: Sequence[Any]) -> Any:
    raise RuntimeError("this transaction has ended")
