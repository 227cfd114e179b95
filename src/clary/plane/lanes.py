"""Lanes that run a limited number of calls at once, and an event loop for threads. Know no operation.

A call waits for a full lane for a limited time, and is then rejected (Crowded), so that its client gets an
answer and can retry.
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
# Seconds that a call waits for its turn. Clients give up after 60 (botocore's read_timeout) and would retry.
_PATIENCE = 20.0
# While a thread computes, the loop waits this many seconds for the interpreter at each switch (the default is
# 5 ms).
_SWITCH = 0.0002


class Crowded(Exception):
    """The lane was full for too long, or too many calls of this account are waiting."""


@dataclass(slots=True)
class _Line:
    """The calls of one account. `waiting` counts running ones as well."""

    turn: asyncio.Semaphore
    waiting: int = 0


class ThreadLane:
    """A few threads for the calls of one event loop.

    An account has at most `each` of them, and no more calls than that wait for a thread, so accounts take
    turns.
    """

    def __init__(self, name: str, threads: int, each: int = 1, patience: float = _PATIENCE) -> None:
        self._threads = ThreadPoolExecutor(threads, f"clary-{name}")
        self._free = asyncio.Semaphore(threads)
        self._each = each
        self._patience = patience
        self._lines: dict[str, _Line] = {}
        self._running = 0
        self._usual = sys.getswitchinterval()

    async def run(self, account: str, work: Callable[[], T]) -> T:
        """Run `work` in a thread when it is the account's turn. Raise Crowded."""
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
        """Run in a thread; keep its place until it ends, even if the call is cancelled, since threads cannot
        be cancelled."""
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
                ended.exception()  # retrieve the exception even if the caller has gone, so that it is not logged

        future.add_done_callback(done)
        return await asyncio.shield(future)

    def _leave(self, account: str, line: _Line) -> None:
        line.waiting -= 1
        if not line.waiting:
            del self._lines[account]


async def acquired(places: asyncio.Semaphore, patience: float) -> None:
    """Take one of `places`, which the caller must release. Raise Crowded after `patience` seconds."""
    if not places.locked():
        await places.acquire()  # does not wait
        return
    try:
        async with asyncio.timeout(patience):
            await places.acquire()
    except TimeoutError:
        raise Crowded from None


class LoopThread:
    """An event loop in a thread of its own, started at first use, for threads that call code on a loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._starting = Lock()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` returns, or raise what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._running()).result()

    def close(self) -> None:
        """Cancel what runs there, wait for it, and end the thread."""
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
