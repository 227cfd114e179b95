"""The controllers' turns, with a clock that goes on between them."""

from __future__ import annotations

from clary.kernel import FakeClock
from clary.server.loop import Controllers


def turn(controllers: Controllers, clock: FakeClock, times: int = 1, seconds: float = 1.0) -> None:
    """Let the controllers look at all that is due, `times` times, `seconds` apart."""
    for _ in range(times):
        controllers.once()
        clock.advance(seconds)
