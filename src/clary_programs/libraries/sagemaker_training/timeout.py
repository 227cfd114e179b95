"""A time limit for a block of code, by a signal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class TimeoutError(Exception):
    """The block took too long."""


@contextmanager
def timeout(seconds: float = 0, minutes: float = 0, hours: float = 0) -> Iterator[None]:
    """Raise TimeoutError in the block once the sum of the times has passed. For the main thread only."""
    limit = seconds + 60 * minutes + 3600 * hours

    def late(signum: int, frame: object) -> None:
        raise TimeoutError(f"timed out after {limit} seconds")

    previous = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
