"""Time, so that tests and users can move it. Seconds since the epoch, as float, in whole milliseconds.

There are two times (docs/decisions/0018-two-clocks.md). `now` is the machine's: what happened is dated by it, and real
processes, signatures and leases are timed by it. Business time is what users move forward, by the timeline (timeline.py): what
is to come is waited for by it. AWS's answers have milliseconds. So have all our moments: what a client was shown is what we compare with later.
"""

from __future__ import annotations

import math
import time
from typing import Protocol

from clary.kernel.timeline import Timeline


class Clock(Protocol):
    """Tells the time. Its timeline is replaced when business time is moved."""

    timeline: Timeline

    def now(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def __init__(self) -> None:
        self.timeline = Timeline()

    def now(self) -> float:
        return machine_time()


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = whole_milliseconds(start)
        self.timeline = Timeline()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time go by: the machine's, and business time with it. That alone is moved by the timeline."""
        self._now = whole_milliseconds(self._now + seconds)


def machine_time() -> float:
    """Return the machine's time of day. For what has no Clock: ages of files, certificates, defaults."""
    return whole_milliseconds(time.time())


def whole_milliseconds(seconds: float) -> float:
    """Return the last whole millisecond at or before a moment."""
    return math.floor(seconds * 1000) / 1000
