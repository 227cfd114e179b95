"""Group commit: one thread collects waiting writes and commits them together; each fails by itself.

Knows savepoints, but no other SQL; a Writer runs the transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple, Protocol, TypeVar

from clary.store.api import NoSpace, Tx
from clary.store.driver_errors import translate_error

T = TypeVar("T")
# Limited, since other processes wait for the lock that a batch holds: about 50 us per write.
_LARGEST_BATCH = 128


class Writer(Protocol):
    """A connection for writing, which waits for its turn."""

    def begin(self) -> Tx: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def mark(self) -> None:
        """Set a savepoint."""
        ...

    def keep(self) -> None:
        """Release the savepoint."""
        ...

    def undo(self) -> None:
        """Roll back to the savepoint."""
        ...

    @property
    def lost(self) -> bool:
        """Whether the database has ended the transaction by itself."""
        ...

    def close(self) -> None: ...


class Outcome(NamedTuple):
    """The result or the error of one piece of work."""

    result: Any = None
    error: BaseException | None = None


class _Waiting(NamedTuple):
    work: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class GroupCommit:
    """Runs work in the transactions of one writer. The thread starts with the first work."""

    def __init__(self, writer: Callable[[], Writer]) -> None:
        self._open = writer
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._starting = Lock()
        self._closed = False

    def submit(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Return a future with the work's result once it is committed, or with its error."""
        if self._thread is None:
            self._start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.put(_Waiting(work, loop, future))
        return future

    def close(self) -> None:
        """Finish the waiting work and stop."""
        self._closed = True
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._closed:
                raise RuntimeError("the store is closed")
            if self._thread is None:
                self._thread = Thread(target=self._run, name="clary-store-writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        writer: Writer | None = None
        while (first := self._waiting.get()) is not None:
            batch = self._gather(first)
            try:
                writer = writer or self._open()
                outcomes = perform(writer, [waiting.work for waiting in batch])
            except BaseException as error:  # pass any error on to those who wait
                outcomes = [Outcome(error=translate_error(error))] * len(batch)
            _deliver(batch, outcomes)
        if writer is not None:
            writer.close()

    def _gather(self, first: _Waiting) -> list[_Waiting]:
        batch = [first]
        while len(batch) < _LARGEST_BATCH:
            try:
                waiting = self._waiting.get_nowait()
            except Empty:
                break
            if waiting is None:
                self._waiting.put(None)
                break
            batch.append(waiting)
        return batch


def perform(writer: Writer, works: Sequence[Callable[[Tx], Any]]) -> list[Outcome]:
    """Run all work in one transaction. If it cannot be committed, all of it fails."""
    tx = writer.begin()
    outcomes: list[Outcome] = []
    try:
        for work in works:
            outcomes.append(_attempt(writer, tx, work))
            if writer.lost:  # a full disk also undid the work before; the work after is tried again
                failed = [Outcome(error=outcomes[-1].error or NoSpace("the disk is full"))] * len(outcomes)
                writer.rollback()
                return failed + (
                    perform(writer, works[len(outcomes) :]) if len(outcomes) < len(works) else []
                )
        writer.commit()
    except BaseException as error:
        writer.rollback()
        return [Outcome(error=translate_error(error))] * len(works)
    return outcomes


def _attempt(writer: Writer, tx: Tx, work: Callable[[Tx], Any]) -> Outcome:
    writer.mark()
    try:
        outcome = Outcome(work(tx))
    except BaseException as error:
        outcome = Outcome(error=translate_error(error))
        if not writer.lost:
            writer.undo()
    if not writer.lost:
        writer.keep()
    return outcome


def _deliver(batch: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    for loop in {waiting.loop for waiting in batch}:
        mine = [(w.future, o) for w, o in zip(batch, outcomes, strict=True) if w.loop is loop]
        try:
            loop.call_soon_threadsafe(_settle, mine)
        except RuntimeError:  # the loop is closed, so nobody waits
            continue


def _settle(pairs: Sequence[tuple[asyncio.Future[Any], Outcome]]) -> None:
    for future, outcome in pairs:
        if future.done():  # the caller cancelled it
            continue
        if outcome.error is None:
            future.set_result(outcome.result)
        else:
            future.set_exception(outcome.error)
