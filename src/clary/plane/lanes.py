"""Lanes with room for some calls only, and the event loop that threads may use. Know no operation.

A call that finds its lane full waits for a bounded time. After that it is refused (Crowded), so that the client hears to
come back and not nothing at all.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")

_LONGEST_LINE = 100
# Seconds that a call waits for its turn. Clients give up after 60 (botocore's read_timeout) and would ask again.
_PATIENCE = 20.0
# While a thread computes, the loop waits for the interpreter this long at each turn (seconds; 5 ms is the default).
_SWITCH = 0.0002


class Crowded(Exception):
    """The lane was full for too long, or too many calls of this account wait already."""


@dataclass(slots=True)
class _Line:
    """The calls of one account: `waiting` counts those that run as well."""

    turn: asyncio.Semaphore
    waiting: int = 0


class ThreadLane:
    """A few threads for the calls of one event loop. An account has at most `each` of them: accounts take turns, since
    no more than that of one are among those that wait for a thread."""

    def __init__(self, name: str, threads: int, each: int = 1, patience: float = _PATIENCE) -> None:
        self._threads = ThreadPoolExecutor(threads, f"clary-{name}")
        self._free = asyncio.Semaphore(threads)
        self._each = each
        self._patience = patience
        self._lines: dict[str, _Line] = {}
        self._running = 0
        self._usual = sys.getswitchinterval()

    async def run(self, account: str, work: Callable[[], T]) -> T:
        """Do `work` in a thread when it is the account's turn. Raise Crowded."""
        line = self._lines.get(account) or _Line(asyncio.Semaphore(self._each))
        if line.waiting >= _LONGEST_LINE:
            raise Crowded(account)
        self._lines[account] = line
        line.waiting += 1
        try:
            await self._take(line)
        except BaseException:
            self._leave(account, line)
            raise
        return await self._in_thread(account, line, work)

    async def _take(self, line: _Line) -> None:
        await acquired(line.turn, self._patience)
        try:
            await acquired(self._free, self._patience)
        except BaseException:
            line.turn.release()
            raise

    async def _in_thread(self, account: str, line: _Line, work: Callable[[], T]) -> T:
        """A thread cannot be cancelled: its place is free when it has ended, also where nobody waits for it any more."""
        self._running += 1
        sys.setswitchinterval(_SWITCH)
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)

        def done(ended: asyncio.Future[T]) -> None:
            self._running -= 1
            if not self._running:
                sys.setswitchinterval(self._usual)
            self._free.release()
            line.turn.release()
            self._leave(account, line)
            if not ended.cancelled():
                ended.exception()  # seen, also where the caller has gone

        future.add_done_callback(done)
        return await asyncio.shield(future)

    def _leave(self, account: str, line: _Line) -> None:
        line.waiting -= 1
        if not line.waiting:
            del self._lines[account]


async def acquired(places: asyncio.Semaphore, patience: float) -> None:
    """Take one of `places`, which the caller releases. Raise Crowded after `patience` seconds."""
    if not places.locked():
        await places.acquire()  # does not wait
        return
    try:
        async with asyncio.timeout(patience):
            await places.acquire()
    except TimeoutError:
        raise Crowded from None


class LoopThread:
    """An event loop in a thread of its own, started at its first use: for threads that call what runs on a loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._starting = Lock()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` returns, and raise what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._running()).result()

    def close(self) -> None:
        """Cancel what goes on there, let it end, and end the thread."""
        with self._starting:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        with suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._loop.run_forever, name="clary-loop", daemon=True)
                self._thread.start()
            return self._loop


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
