"""Rungs, brackets and who goes on."""

from __future__ import annotations

from collections import Counter

import pytest

from clary.services.sagemaker.tuning.search import hyperband


def test_rungs_grow_by_three_and_brackets_leave_the_first_ones_out() -> None:
    assert hyperband.rungs(1, 27, 0) == [1, 3, 9]
    assert hyperband.rungs(1, 27, 1) == [3, 9]
    assert hyperband.rungs(2, 10, 0) == [2, 6]
    assert hyperband.rungs(1, 27, 3) == []


def test_the_bracket_that_stops_earliest_has_the_most_jobs() -> None:
    shares = Counter(hyperband.bracket_of(1, 9, number) for number in range(13))
    assert shares == {0: 9, 1: 3, 2: 1}


def test_brackets_take_turns_from_the_first_jobs_on() -> None:
    assert [hyperband.bracket_of(1, 27, number) for number in range(9)] == [0, 0, 1, 0, 0, 1, 0, 0, 2]
    assert [hyperband.bracket_of(1, 3, number) for number in (8, 26, 80)] == [1, 1, 1]


@pytest.mark.parametrize(("value", "stops"), [(0.1, False), (0.2, True), (0.9, True)])
def test_the_best_third_goes_on(value: float, stops: bool) -> None:
    curves = {1: [0.15], 2: [0.3], 3: [0.4], 4: [0.5], 5: [], 0: [value]}
    assert hyperband.stops(curves, 0, False, 1, 27) is stops
    turned = {number: [-one for one in curve] for number, curve in curves.items()}
    assert hyperband.stops(turned, 0, True, 1, 27) is stops


def test_nothing_is_judged_before_its_first_rung() -> None:
    curves = {n: [0.0] * 2 for n in range(9)}
    assert not hyperband.stops({**curves, 9: [9.0]}, 9, False, 2, 27)
    assert hyperband.stops({**curves, 9: [9.0, 9.0]}, 9, False, 2, 27)


def test_the_last_epoch_ends_a_job() -> None:
    assert hyperband.stops({0: [0.0] * 27}, 0, False, 1, 27)
    assert not hyperband.stops({0: [0.0] * 26}, 0, False, 1, 27)
