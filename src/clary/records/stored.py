"""Queues and logs in a store: the embedded SQLite or a PostgreSQL server, as the store is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from clary.records import keys, logs, numbers, queues
from clary.records.api import Counts, DeadLetters, Delivery, Entry, Message, Sent
from clary.store.api import Store, Tx

T = TypeVar("T")
_MOST = 1000
_TABLES = ("message", "group", "key", "entry", "number")


class StoredRecords:
    """A Records in a transaction of a store."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def send(self, queue: str, messages: Sequence[Message], now: float) -> list[Sent]:
        return queues.send(self._tx, queue, messages, now)

    def keyed(self, queue: str, key: str, now: float) -> Sent | None:
        return keys.earlier(self._tx, queue, key, now)

    def receive(
        self, queue: str, now: float, *, until: float, most: int = 1, dead: DeadLetters | None = None
    ) -> list[Delivery]:
        if not 1 <= most <= _MOST:
            raise ValueError(f"1 to {_MOST} messages can be received at once, not {most}")
        return queues.receive(self._tx, queue, now, until, most, dead)

    def out(self, queue: str, receipt: str) -> Delivery | None:
        return queues.out(self._tx, queue, receipt)

    def delete(self, queue: str, receipts: Sequence[str]) -> list[bool]:
        return queues.delete(self._tx, queue, receipts)

    def hide(self, queue: str, receipt: str, until: float) -> bool:
        return queues.hide(self._tx, queue, receipt, until)

    def move(self, queue: str, target: str, most: int, now: float) -> int:
        return queues.move(self._tx, queue, target, most, now)

    def expire(self, queue: str, sent: float, most: int = 1000) -> int:
        return queues.expire(self._tx, queue, sent, most)

    def purge(self, queue: str, through: int, most: int = 10_000) -> int:
        return queues.purge(self._tx, queue, through, most)

    def counts(self, queue: str, now: float) -> Counts:
        return queues.counts(self._tx, queue, now)

    def next_visible(self, queue: str) -> float | None:
        return queues.next_visible(self._tx, queue)

    def oldest(self, queue: str) -> float | None:
        return queues.oldest(self._tx, queue)

    def append(self, log: str, records: Sequence[bytes], now: float) -> int:
        return logs.append(self._tx, log, records, now)

    def read(self, log: str, after: int, most: int = 1000, size: int = 1 << 20) -> list[Entry]:
        return logs.read(self._tx, log, after, most, size)

    def before(self, log: str, moment: float) -> int:
        return logs.before(self._tx, log, moment)

    def trim(self, log: str, through: int, most: int = 10_000) -> int:
        return logs.trim(self._tx, log, through, most)

    def last(self, name: str) -> int:
        return numbers.last(self._tx, name)

    def drop(self, name: str) -> None:
        for table in _TABLES:
            column = {"entry": "log", "number": "name"}.get(table, "queue")
            self._tx.sql(f"delete from record_{table} where {column} = ?", name)


class StoredRecordStore:
    """A RecordStore in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def read(self) -> Iterator[StoredRecords]:
        with self._store.read() as tx:
            yield StoredRecords(tx)

    def perform(self, work: Callable[[StoredRecords], T]) -> T:
        return self._store.perform(lambda tx: work(StoredRecords(tx)))

    async def run(self, work: Callable[[StoredRecords], T], *, write: bool) -> T:
        return await self._store.run(lambda tx: work(StoredRecords(tx)), write=write)

    def submit(self, work: Callable[[StoredRecords], T]) -> asyncio.Future[T]:
        return self._store.submit(lambda tx: work(StoredRecords(tx)))

    def wipe(self) -> None:
        with self._store.write() as tx:
            for table in _TABLES:
                tx.sql(f"delete from record_{table}")

    def close(self) -> None:
        self._store.close()
