"""Queues and logs of records: the interface. Knows no service, and not what a body means.

A queue or a log exists from its first record to its `drop`, under an id that its service chooses. Times are in epoch seconds,
and `now` is the caller's, since services may live in business time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to a queue.

    It is hidden until `visible`. Messages of one `group` are received in the order in which they were sent, and none while an
    earlier one is out with a receiver; without a group there is no order. Within `key_seconds` a second message with the same
    `key` is not kept.
    """

    id: str
    body: bytes
    visible: float = 0.0
    group: str = ""
    key: str = ""
    key_seconds: float = 0.0


class Sent(NamedTuple):
    """A message in its queue: its number, which grows in the order of commits. For a `duplicate` both are the first one's."""

    id: str
    number: int
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that is out with a receiver, hidden until `visible`. `receipt` is good until the next delivery."""

    number: int
    receipt: str
    id: str
    body: bytes
    group: str
    sent: float
    visible: float
    receives: int
    first_received: float


class Counts(NamedTuple):
    """The messages of a queue: those to be received, those out with receivers, and those whose delay has not passed."""

    waiting: int
    out: int
    delayed: int


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Where messages go that were received `receives` times already instead of being received once more."""

    queue: str
    receives: int


class Entry(NamedTuple):
    """A record of a log."""

    number: int
    at: float
    data: bytes


class Records(Protocol):
    """A transaction over queues and logs."""

    # queues

    def send(self, queue: str, messages: Sequence[Message], now: float) -> list[Sent]:
        """Put messages into a queue, in this order."""
        ...

    def keyed(self, queue: str, key: str, now: float) -> Sent | None:
        """Return the message that was sent with this key, as long as a second one is a duplicate."""
        ...

    def receive(
        self, queue: str, now: float, *, until: float, most: int = 1, dead: DeadLetters | None = None
    ) -> list[Delivery]:
        """Take out visible messages, `most` of them at the most (up to 1,000), and hide them until then."""
        ...

    def out(self, queue: str, receipt: str) -> Delivery | None:
        """Return the message to which this is the newest receipt; None if there is none, or it was deleted."""
        ...

    def delete(self, queue: str, receipts: Sequence[str]) -> list[bool]:
        """Delete messages; False where `out` knows none."""
        ...

    def hide(self, queue: str, receipt: str, until: float) -> bool:
        """Change when a message is visible again: earlier, later or now. False where `out` knows none."""
        ...

    def move(self, queue: str, target: str, most: int, now: float) -> int:
        """Move the oldest visible messages, `most` of them at the most, to another queue, where they wait as if never
        received. Return how many."""
        ...

    def expire(self, queue: str, sent: float, most: int = 1000) -> int:
        """Delete messages that were sent at this time or earlier; return how many, fewer than `most` if that is all."""
        ...

    def purge(self, queue: str, through: int, most: int = 10_000) -> int:
        """Delete messages up to a number; return how many, fewer than `most` if that is all."""
        ...

    def counts(self, queue: str, now: float) -> Counts: ...

    def next_visible(self, queue: str) -> float | None:
        """Return when the next message is visible (which may be past), by what is known now; None for an empty queue."""
        ...

    def oldest(self, queue: str) -> float | None:
        """Return when the oldest message was sent; None for an empty queue."""
        ...

    # logs

    def append(self, log: str, records: Sequence[bytes], now: float) -> int:
        """Add records to the end of a log; return the number of the last. Numbers have no gaps and grow in the order of
        commits, so a reader never meets a number below one that it has seen."""
        ...

    def read(self, log: str, after: int, most: int = 1000, size: int = 1 << 20) -> list[Entry]:
        """Return records after a number: `most` at the most, and no further one when there are `size` bytes."""
        ...

    def before(self, log: str, moment: float) -> int:
        """Return the number of the last record that was appended before a moment; if that was trimmed, the number below
        the first that is there."""
        ...

    def trim(self, log: str, through: int, most: int = 10_000) -> int:
        """Delete records up to a number, the oldest first; return how many, fewer than `most` if that is all."""
        ...

    # both

    def last(self, name: str) -> int:
        """Return the number that was last given in a queue or log, 0 if none was."""
        ...

    def drop(self, name: str) -> None:
        """Delete a queue or log with all that is in it. Idempotent."""
        ...


class RecordStore(Protocol):
    """Where queues and logs are. Several processes may use one at once.

    It has a write-ahead log and a lock of its own: what waits for it does not hold up the control plane, and no transaction
    spans both. What must be in both is written here first or with a key that makes a repetition harmless.
    """

    def read(self) -> AbstractContextManager[Records]:
        """Return a snapshot to read from."""
        ...

    def perform(self, work: Callable[[Records], T]) -> T:
        """Run `work` in a transaction in this thread. It may run again where another transaction came in between
        (PostgreSQL), so it must change nothing else. Raise NoSpace, Busy."""
        ...

    async def run(self, work: Callable[[Records], T], *, write: bool) -> T:
        """Do the same, or only read, without blocking the event loop for long, in any thread. Writes that arrive together
        share a commit; each fails or succeeds by itself."""
        ...

    def submit(self, work: Callable[[Records], T]) -> asyncio.Future[T]:
        """Start what `run(work, write=True)` does. The work is done even if the future is not awaited."""
        ...

    def wipe(self) -> None:
        """Delete all queues and logs."""
        ...

    def close(self) -> None: ...
