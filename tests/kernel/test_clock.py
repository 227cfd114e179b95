"""Clocks: the one that stands still, and the machine's."""

from __future__ import annotations

import time

from clary.kernel import FakeClock, SystemClock


def test_it_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(100.0)
    assert (clock.now(), clock.now()) == (100.0, 100.0)
    clock.advance(2.5)
    assert clock.now() == 102.5


def test_the_machines_clock() -> None:
    before = time.time()
    assert before <= SystemClock().now() <= time.time()
