"""The store in a PostgreSQL database. Several processes on several machines may use it at once.

Transactions are serializable, so that a handler may check and then write as on SQLite, which has one writer
at a time: if another transaction interferes, PostgreSQL rejects the commit, and `run` repeats the work. Knows
no service.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import get_ident
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Loader
from psycopg.sql import SQL, Identifier

from clary.kernel import machine_time
from clary.store import postgres_text
from clary.store.api import Stale, Tx
from clary.store.dialect import POSTGRES
from clary.store.document_formats import Upgrades
from clary.store.driver_errors import translate_error
from clary.store.feed import Observed
from clary.store.listeners import Listeners
from clary.store.migration import migrate
from clary.store.schemas import Schema
from clary.store.tx import Language, Transaction

T = TypeVar("T")
_THREADS = 8
_IDLE = 16
_ATTEMPTS = 12
_MIGRATING = 0x636C617279  # "clary": the advisory lock for creating tables
_WRITE = "begin isolation level serializable"
_READ = "begin isolation level repeatable read read only"


class PostgresStore:
    """A Store in the schema `schema` of the database `dsn`; the schema is created if it does not exist.

    Everything in the schema belongs to the platform, and `wipe` empties it. A commit waits for the disk as
    the server is configured (`synchronous_commit`).
    """

    def __init__(
        self,
        dsn: str,
        *,
        schema: str = "clary",
        schemas: Mapping[str, Schema] | None = None,
        upgrades: Upgrades | None = None,
        observed: Observed | None = None,
        clock: Callable[[], float] = machine_time,
    ) -> None:
        self._dsn = dsn
        self._schema = schema
        self._language = Language.of(POSTGRES, upgrades, observed, clock)
        self._idle: deque[psycopg.Connection] = deque()
        self._writing: set[int] = set()
        self._threads = ThreadPoolExecutor(_THREADS, "clary-store")
        self._closed = False
        self._listeners = Listeners()
        self._make_schema()
        try:
            self.migrate(schemas or {})
        except BaseException:
            self.close()
            raise

    # Store -----------------------------------------------------------------------------------------------------

    def read(self) -> AbstractContextManager[Tx]:
        return self._transaction(_READ)

    @contextmanager
    def write(self) -> Iterator[Tx]:
        thread = get_ident()
        if thread in self._writing:
            raise RuntimeError("this thread is writing already: work in its transaction")
        self._writing.add(thread)
        try:
            with self._transaction(_WRITE) as tx:
                yield tx
        finally:
            self._writing.discard(thread)

    def perform(self, work: Callable[[Tx], T]) -> T:
        # A Stale that the work itself raises is not repeated.
        for attempt in range(_ATTEMPTS):
            try:
                with self._transaction(_WRITE) as tx:
                    return work(tx)
            except Stale as error:
                if not isinstance(error.__cause__, psycopg.Error) or attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(random.random() * 0.002 * 2 ** min(attempt, 6))
        raise AssertionError("unreachable")

    def submit(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._threads, self.perform, work)

    async def run(self, work: Callable[[Tx], T], *, write: bool) -> T:
        if write:
            return await self.submit(work)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._once, work)

    def listen(self, called: Callable[[], None]) -> None:
        self._listeners.add(called)

    def migrate(self, schemas: Mapping[str, Schema]) -> None:
        with self._connection() as connection, connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", (_MIGRATING,))
            tx = Transaction(self._language, connection.execute, _many(connection))  # type: ignore[arg-type]
            migrate(tx, schemas, POSTGRES, lambda number: None)  # a server has backups of its own

    def wipe(self) -> None:
        with self._connection() as connection, connection.transaction():
            tables = connection.execute(
                "select tablename from pg_tables where schemaname = %s and tablename <> 'migration'",
                (self._schema,),
            )
            names = [Identifier(name) for (name,) in tables]
            connection.execute(SQL("truncate {} restart identity").format(SQL(", ").join(names)))

    def close(self) -> None:
        self._closed = True
        self._threads.shutdown()
        while self._idle:
            self._idle.pop().close()

    # -----------------------------------------------------------------------------------------------------------

    def _once(self, work: Callable[[Tx], T]) -> T:
        with self._transaction(_READ) as tx:
            return work(tx)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Tx]:
        with self._connection(begin) as connection:
            careful = _Careful(connection)
            tx = Transaction(self._language, connection.execute, _many(connection), careful)  # type: ignore[arg-type]
            try:
                yield tx
                tx.flush()
                connection.execute("commit")
            except BaseException as error:
                _roll_back(connection)
                meaning = translate_error(error)
                if meaning is error:
                    raise
                raise meaning from error
            finally:
                tx.end()
        if tx.has_changes:
            self._listeners.tell()

    @contextmanager
    def _connection(self, begin: str | None = None) -> Iterator[psycopg.Connection]:
        connection = self._begun(begin)
        try:
            yield connection
        finally:
            if self._closed or connection.closed or len(self._idle) >= _IDLE:
                connection.close()
            else:
                self._idle.append(connection)

    def _begun(self, begin: str | None) -> psycopg.Connection:
        """Return an idle connection with a transaction begun, or a new one if the idle connections have died."""
        while True:
            try:
                connection, fresh = self._idle.pop(), False
            except IndexError:
                connection, fresh = self._connect(), True
            try:
                connection.execute(begin or "select 1")  # type: ignore[arg-type]
            except psycopg.OperationalError:
                connection.close()
                if fresh:
                    raise
            else:
                return connection

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(self._dsn, autocommit=True, application_name="clary")
        connection.prepare_threshold = 2
        connection.adapters.register_loader("numeric", _NumberLoader)
        postgres_text.register(connection)
        connection.execute(SQL("set search_path to {}").format(Identifier(self._schema)))
        return connection

    def _make_schema(self) -> None:
        with psycopg.connect(self._dsn) as connection:
            connection.execute("select pg_advisory_xact_lock(%s)", (_MIGRATING,))
            connection.execute(SQL("create schema if not exists {}").format(Identifier(self._schema)))


class _Careful:
    """Executes statements that may violate a unique key in a savepoint: otherwise PostgreSQL aborts the
    transaction."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def __call__(self, statement: str, args: Sequence[Any]) -> psycopg.Cursor:
        if not statement.lstrip()[:6].lower().startswith(("insert", "update", "with")):
            return self._connection.execute(statement, args)  # type: ignore[arg-type]
        self._connection.execute("savepoint careful")
        try:
            cursor = self._connection.execute(statement, args)  # type: ignore[arg-type]
        except psycopg.errors.UniqueViolation:
            self._connection.execute("rollback to savepoint careful")
            raise
        self._connection.execute("release savepoint careful")
        return cursor


class _NumberLoader(Loader):
    """Load `sum` of integers, which is numeric, as int or float, as SQLite does, not as Decimal."""

    def load(self, data: Any) -> int | float:
        text = bytes(data)
        return int(text) if text.lstrip(b"-").isdigit() else float(text)


def _many(connection: psycopg.Connection) -> Callable[[str, Any], None]:
    def execute_many(statement: str, rows: Any) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)  # type: ignore[arg-type]

    return execute_many


def _roll_back(connection: psycopg.Connection) -> None:
    try:
        connection.execute("rollback")
    except psycopg.Error:
        connection.close()
