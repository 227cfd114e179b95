"""Business time, as it follows from the machine's and the moves: pure arithmetic."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel import BusinessTime, FakeClock, Move, Timeline
from clary.kernel.timeline import Stretch

HOUR = 3600.0
TWICE = Timeline((Move(1_000.0, HOUR), Move(1_500.0, 3 * HOUR)))
STEPS = st.lists(st.tuples(st.integers(0, 1_000), st.integers(1, 1_000)), max_size=6)


def line_of(steps: list[tuple[int, int]]) -> Timeline:
    """Moves that are so far from one another, in both their members."""
    at, ahead = (accumulate(part) for part in zip(*steps, strict=True)) if steps else ((), ())
    return Timeline(tuple(Move(float(a), float(b)) for a, b in zip(at, ahead, strict=True)))


LINES = STEPS.map(line_of)


def test_without_moves_there_is_one_time() -> None:
    line = Timeline()
    assert (line.ahead, line.business(5.0), line.machine(5.0)) == (0.0, 5.0, 5.0)
    assert list(line.stretches(3.0)) == [Stretch(3.0, float("inf"), 0.0)]


@pytest.mark.parametrize(
    ("moment", "business"),
    [(999.0, 999.0), (1_000.0, 1_000 + HOUR), (1_499.0, 1_499 + HOUR), (1_500.0, 1_500 + 3 * HOUR)],
)
def test_what_business_time_was(moment: float, business: float) -> None:
    assert TWICE.business(moment) == business


@pytest.mark.parametrize(
    ("business", "moment"),
    [
        (900.0, 900.0),
        (1_000.0, 1_000.0),
        (1_000.0 + HOUR / 2, 1_000.0),
        (1_100.0 + HOUR, 1_100.0),
        (1_500.0 + 2 * HOUR, 1_500.0),
        (2_000.0 + 3 * HOUR, 2_000.0),
    ],
)
def test_what_was_jumped_over_was_reached_at_the_jump(business: float, moment: float) -> None:
    assert TWICE.machine(business) == moment


def test_ages_are_of_business_time() -> None:
    now = BusinessTime(2_000.0, TWICE)
    assert now.now == 2_000 + 3 * HOUR
    assert now.age(900.0) == 1_100 + 3 * HOUR
    assert now.age(1_600.0) == 400.0
    assert now.ago(400.0) == 1_600.0
    assert now.ago(HOUR) == 1_500.0, "all before the last move is older than an hour"


def test_a_machine_that_is_set_back_does_not_take_business_time_along() -> None:
    assert BusinessTime(900.0, TWICE).now == 900 + 3 * HOUR


def test_stretches_end_where_they_are_not_asked_for_any_more() -> None:
    assert list(TWICE.stretches(1_200.0)) == [
        Stretch(1_500.0, float("inf"), 3 * HOUR),
        Stretch(1_200.0, 1_500.0, HOUR),
    ]


@given(LINES, st.integers(0, 10_000))
def test_there_and_back(line: Timeline, moment: int) -> None:
    assert line.machine(line.business(moment)) == moment


@given(LINES, st.integers(0, 10_000), st.integers(0, 10_000))
def test_both_ways_keep_the_order(line: Timeline, one: int, other: int) -> None:
    first, second = sorted((one, other))
    assert line.business(first) <= line.business(second)
    assert line.machine(first) <= line.machine(second)


@given(LINES, st.integers(0, 5_000))
def test_what_is_dated_before_that_moment_is_older(line: Timeline, seconds: int) -> None:
    now = BusinessTime(6_000.0, line)
    moment = now.ago(seconds)
    assert now.age(moment) <= seconds
    assert now.age(moment - 0.5) > seconds


@given(LINES, st.integers(0, 5_000))
def test_stretches_are_whole(line: Timeline, since: int) -> None:
    found = list(line.stretches(since))
    assert found[0].end == float("inf")
    assert found[-1].begin == since
    assert all(newer.begin == older.end for newer, older in pairwise(found))
    assert all(line.business(one.begin) == one.begin + one.ahead for one in found if one.begin < one.end)


def test_time_goes_by_for_both() -> None:
    clock = FakeClock(100.0)
    clock.timeline = clock.timeline.followed_by([Move(100.0, HOUR)])
    clock.advance(5)
    assert (clock.now(), BusinessTime(clock.now(), clock.timeline).now) == (105.0, 105.0 + HOUR)
