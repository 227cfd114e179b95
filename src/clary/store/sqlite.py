"""The store in one SQLite file (WAL). Several processes may use it at once.

    readers   event loop, any thread: a connection from the pool, a snapshot, microseconds
    writers   run(write=True) -> one thread with group commit; write() -> the caller's own thread
              all of them queue at one fair lock (write_lock.py), so none starves and none meets "database is locked"

Knows no service; the statements are in `sql/`. Must not be used after a fork.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import get_ident
from typing import Literal, TypeVar

from clary.kernel import machine_time
from clary.store.api import Tx
from clary.store.dialect import SQLITE
from clary.store.document_formats import Upgrades
from clary.store.driver_errors import translate_error
from clary.store.feed import Observed
from clary.store.group_commit import GroupCommit
from clary.store.listeners import Listeners
from clary.store.migration import migrate
from clary.store.schemas import Schema
from clary.store.tx import Language, Transaction
from clary.store.write_lock import WriteLock

T = TypeVar("T")
Synchronous = Literal["NORMAL", "FULL"]
_WAIT_MS = 20_000  # for those outside the write lock: a backup, the sqlite3 shell
_IDLE = 8


class SqliteStore:
    """A Store in the file `path`, created with mode 0600 if it does not exist.

    `synchronous` NORMAL survives the death of any process, but a power failure may lose the last commits;
    FULL waits for the disk at each commit. `schemas` are the services' tables by name (schemas.py);
    `upgrades` bring old documents up to date (document_formats.py); `observed` says what the change feed
    reports, dated by `clock`. A file of an earlier version is copied to `path.before-N` before it is altered.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        synchronous: Synchronous = "NORMAL",
        schemas: Mapping[str, Schema] | None = None,
        upgrades: Upgrades | None = None,
        observed: Observed | None = None,
        clock: Callable[[], float] = machine_time,
    ) -> None:
        self.path = str(path)
        self._synchronous: Synchronous = synchronous
        self._language = Language.of(SQLITE, upgrades, observed, clock)
        self._readers: deque[sqlite3.Connection] = deque()
        self._writers: deque[SqliteWriter] = deque()
        self._writing: set[int] = set()
        self._group = GroupCommit(self._writer)
        self._listeners = Listeners()
        self._closed = False
        self._turns: dict[asyncio.AbstractEventLoop, sqlite3.Connection] = {}  # of this turn
        _make(self.path)
        try:
            self.migrate(schemas or {})
        except BaseException:
            self.close()
            raise

    # Store -----------------------------------------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[Tx]:
        connection, tx = self._begin_reading()
        try:
            yield tx
        except sqlite3.Error as error:
            raise translate_error(error) from error
        finally:
            self._end_reading(connection, tx)

    @contextmanager
    def write(self) -> Iterator[Tx]:
        thread = get_ident()
        if thread in self._writing:
            raise RuntimeError("this thread is writing already: work in its transaction")
        writer = self._writers.pop() if self._writers else self._writer()
        self._writing.add(thread)
        try:
            yield writer.begin()
            writer.commit()
            self._turns.clear()  # who has written here reads it at once, also in the same turn of a loop
        except BaseException as error:
            writer.rollback()
            meaning = translate_error(error)
            if meaning is error:
                raise
            raise meaning from error
        finally:
            self._writing.discard(thread)
            self._keep(writer)

    def perform(self, work: Callable[[Tx], T]) -> T:
        with self.write() as tx:
            return work(tx)

    def submit(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        return self._group.submit(work)

    async def run(self, work: Callable[[Tx], T], *, write: bool) -> T:
        if write:
            return await self._group.submit(work)
        tx = self._shared_snapshot()
        try:
            return work(tx)
        except sqlite3.Error as error:
            raise translate_error(error) from error
        finally:
            tx.end()

    def listen(self, called: Callable[[], None]) -> None:
        self._listeners.add(called)

    def migrate(self, schemas: Mapping[str, Schema]) -> None:
        copies: list[str] = []
        try:
            with self.write() as tx:
                migrate(tx, schemas, SQLITE, lambda number: copies.append(self._copy(number)))
        except BaseException:
            for copy in copies:
                os.unlink(copy)
            raise

    def wipe(self) -> None:
        with self.write() as tx:
            for (table,) in tx.sql("select name from sqlite_master where type = 'table' and sql is not null"):
                if table != "migration":
                    tx.sql(f'delete from "{table}"')

    def close(self) -> None:
        self._closed = True
        self._group.close()
        while self._readers:
            self._readers.pop().close()
        while self._writers:
            self._writers.pop().close()

    # -----------------------------------------------------------------------------------------------------------

    def _copy(self, number: int) -> str:
        """Copy what is committed to a file next to the store and return its path. The caller holds the write
        lock."""
        path = f"{self.path}.before-{number}"
        with suppress(FileNotFoundError):
            os.unlink(f"{path}.new")
        _make(f"{path}.new")
        with closing(self._reader()) as source, closing(sqlite3.connect(f"{path}.new")) as target:
            source.backup(target)
        os.replace(f"{path}.new", path)
        return path

    def _begin_reading(self) -> tuple[sqlite3.Connection, Transaction]:
        connection = self._connection()
        connection.execute("begin")
        return connection, Transaction(self._language, connection.execute, connection.executemany)

    def _shared_snapshot(self) -> Transaction:
        """Return a transaction on the snapshot of this turn of the event loop: to begin and end one takes as long as a
        statement, and many requests may arrive in one turn.

        A commit that follows the snapshot is told of in a later turn, so no client has heard of it yet: what ends the
        snapshot is queued before the snapshot is begun.
        """
        loop = asyncio.get_running_loop()
        connection = self._turns.get(loop)
        if connection is None:
            connection = self._connection()
            loop.call_soon(self._end_turn, loop, connection)
            connection.execute("begin")
            self._turns[loop] = connection
        return Transaction(self._language, connection.execute, connection.executemany)

    def _end_turn(self, loop: asyncio.AbstractEventLoop, connection: sqlite3.Connection) -> None:
        if self._turns.get(loop) is connection:
            del self._turns[loop]
        self._give_back(connection)

    def _end_reading(self, connection: sqlite3.Connection, tx: Transaction) -> None:
        tx.end()
        self._give_back(connection)

    def _connection(self) -> sqlite3.Connection:
        try:
            return self._readers.pop()
        except IndexError:
            return self._reader()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("rollback")
        if self._closed or len(self._readers) >= _IDLE:
            connection.close()
        else:
            self._readers.append(connection)

    def _keep(self, writer: SqliteWriter) -> None:
        if self._closed or len(self._writers) >= _IDLE:
            writer.close()
        else:
            self._writers.append(writer)

    def _reader(self) -> sqlite3.Connection:
        connection = connect(self.path, self._synchronous)
        connection.execute("pragma query_only = on")
        return connection

    def _writer(self) -> SqliteWriter:
        lock = WriteLock(self.path)
        lock.acquire()  # two processes that switch a new file to WAL at once would get "database is locked"
        try:
            connection = connect(self.path, self._synchronous)
        finally:
            lock.release()
        return SqliteWriter(connection, lock, self._language, self._listeners.tell)


def drop_unfinished_copies(path: Path) -> None:
    """Delete what is there of a copy that was being made when its process was ended. No process may use the store."""
    for unfinished in path.parent.glob(f"{path.name}.before-*.new*"):
        unfinished.unlink(missing_ok=True)


class SqliteWriter:
    """A connection for writing, used while it holds the write lock."""

    def __init__(
        self, connection: sqlite3.Connection, lock: WriteLock, language: Language, tell: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._lock = lock
        self._language = language
        self._tell = tell  # called after commits with changes
        self._tx: Transaction | None = None

    @property
    def lost(self) -> bool:
        return not self._connection.in_transaction

    def begin(self) -> Transaction:
        self._lock.acquire()
        try:
            self._execute("begin immediate")
        except BaseException:
            self._lock.release()
            raise
        self._tx = Transaction(self._language, self._execute, self._connection.executemany)
        return self._tx

    def commit(self) -> None:
        has_changes = self._tx is not None and self._tx.has_changes
        self._execute("commit")
        self._end()
        if has_changes:
            self._tell()

    def rollback(self) -> None:
        try:
            if self._connection.in_transaction:
                self._execute("rollback")
        finally:
            self._end()

    def mark(self) -> None:
        self._execute("savepoint work")

    def keep(self) -> None:
        self._execute("release work")

    def undo(self) -> None:
        self._execute("rollback to work")

    def close(self) -> None:
        self._connection.close()
        self._lock.close()

    def _end(self) -> None:
        if self._tx is not None:
            self._tx.end()
            self._tx = None
            self._lock.release()


def connect(path: str, synchronous: Synchronous) -> sqlite3.Connection:
    """Open a connection in the mode that the store uses. One thread at a time uses it, not always the same."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    connection.execute(f"pragma busy_timeout = {_WAIT_MS}")
    connection.execute("pragma journal_mode = wal")
    connection.execute(f"pragma synchronous = {synchronous}")
    connection.execute("pragma case_sensitive_like = on")
    connection.execute("pragma secure_delete = fast")
    connection.execute("pragma cache_size = -16384")
    connection.execute("pragma wal_autocheckpoint = 2000")
    return connection


def _make(path: str) -> None:
    """Create the file so that only its owner can read it and the files that SQLite puts next to it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
