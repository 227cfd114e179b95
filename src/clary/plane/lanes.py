"""The lane of heavy reads: operations whose work does not end with the page that they answer.

They run in a few threads, each with a reading connection of its own, so that the event loop goes on answering
everybody else. An account has one at a time: who asks for much waits behind himself. Knows no operation.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

_AT_ONCE = 2
_LONGEST_LINE = 100
# While a heavy read computes, the loop waits for the interpreter this long at each turn (seconds; 5 ms is the default).
_SWITCH = 0.0002


class Crowded(Exception):
    """Too many heavy reads of this account wait already."""


@dataclass(slots=True)
class _Line:
    """The reads of one account: `waiting` counts the one that runs as well."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class HeavyLane:
    """For one event loop. Accounts take turns, since each has at most one read among those that wait for a thread."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, "clary-heavy")
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._lines: dict[str, _Line] = {}
        self._running = 0
        self._usual = sys.getswitchinterval()

    async def run(self, account: str, work: Callable[[], T]) -> T:
        """Do `work` in a thread when it is the account's turn. Raises Crowded."""
        line = self._lines.setdefault(account, _Line())
        if line.waiting >= _LONGEST_LINE:
            raise Crowded(account)
        line.waiting += 1
        try:
            async with line.turn, self._free:
                return await self._in_thread(work)
        finally:
            line.waiting -= 1
            if not line.waiting:
                del self._lines[account]

    async def _in_thread(self, work: Callable[[], T]) -> T:
        self._running += 1
        sys.setswitchinterval(_SWITCH)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._running -= 1
            if not self._running:
                sys.setswitchinterval(self._usual)
