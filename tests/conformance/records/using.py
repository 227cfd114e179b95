"""Short forms for tests: a call, or a block of calls, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from clary.records.api import DeadLetters, Delivery, Message, Records, RecordStore

QUEUE, DEAD = "q", "dead"


def send(records: RecordStore, *ids: str, now: float = 1000.0, queue: str = QUEUE, **members: object) -> None:
    messages = [Message(id, id.encode(), **members) for id in ids]  # type: ignore[arg-type]
    records.perform(lambda tx: tx.send(queue, messages, now))


def receive(
    records: RecordStore,
    now: float = 1000.0,
    *,
    most: int = 10,
    hidden: float = 30.0,
    queue: str = QUEUE,
    dead: DeadLetters | None = None,
) -> list[Delivery]:
    return records.perform(lambda tx: tx.receive(queue, now, until=now + hidden, most=most, dead=dead))


def ids(deliveries: list[Delivery]) -> list[str]:
    return [delivery.id for delivery in deliveries]


class _Each:
    """A Records whose every call is a transaction."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return partial(self._call, name)

    def _call(self, name: str, *args: Any, **members: Any) -> Any:
        return self._store.perform(lambda tx: getattr(tx, name)(*args, **members))


@contextmanager
def writing(store: RecordStore) -> Iterator[Records]:
    """Give a Records whose every call is committed by itself."""
    yield _Each(store)  # type: ignore[misc]
