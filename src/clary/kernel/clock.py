"""Time, so that tests and users can move it. Seconds since the epoch, as float."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Whoever can say what time it is."""

    def now(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds
