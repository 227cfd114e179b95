"""Time, so that tests and users can move it. Seconds since the epoch, as float, in whole milliseconds.

AWS's answers have milliseconds. So have all our moments: what a client was shown is what we compare with later.
"""

from __future__ import annotations

import math
import time
from typing import Protocol


class Clock(Protocol):
    """Whoever can say what time it is."""

    def now(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return whole_milliseconds(time.time())


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = whole_milliseconds(start)

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now = whole_milliseconds(self._now + seconds)


def whole_milliseconds(seconds: float) -> float:
    """The last whole millisecond at or before a moment."""
    return math.floor(seconds * 1000) / 1000
