"""Clocks: the one that stands still, and the machine's."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from clary.kernel import FakeClock, SystemClock


def test_it_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(100.0)
    assert (clock.now(), clock.now()) == (100.0, 100.0)
    clock.advance(2.5)
    assert clock.now() == 102.5


def test_the_machines_clock() -> None:
    before = time.time()
    assert before - 0.001 < SystemClock().now() <= time.time()


@pytest.mark.parametrize("start", [1_700_000_000.1236, 1_700_000_000.9999])
def test_moments_are_whole_milliseconds(start: float) -> None:
    """As AWS's answers have them, so that what a client was shown compares equal to what is kept."""
    clock = FakeClock(start)
    for _ in range(1000):
        shown = datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="milliseconds")
        assert datetime.fromisoformat(shown).timestamp() == clock.now() == round(clock.now(), 3)
        clock.advance(0.0007)
