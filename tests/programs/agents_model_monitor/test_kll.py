"""The quantile sketch against exact ranks and scipy."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from clary_programs.agents.model_monitor import kll


def test_a_small_column_is_kept_exactly() -> None:
    found = kll.sketch(np.arange(2048.0))
    assert found.size == 2048
    assert len(found.levels) == 1


@pytest.mark.parametrize("count", [2049, 100_003, 1_000_000])
def test_weights_add_up_and_ranks_are_near(count: int) -> None:
    ordered = np.sort(np.random.default_rng(1).normal(size=count))
    found = kll.sketch(ordered)
    assert found.size == count
    values, weights = found.weighted()
    assert len(values) <= 2048 + len(found.levels)
    true_ranks = np.searchsorted(ordered, values, side="right")
    assert np.abs(np.cumsum(weights) - true_ranks).max() <= count / 2048 + 1


def test_the_gap_is_the_kolmogorov_smirnov_statistic() -> None:
    random = np.random.default_rng(2)
    one, other = random.normal(size=500), random.normal(0.4, 1.2, size=300)
    gap = kll.largest_gap(kll.sketch(np.sort(one)), kll.sketch(np.sort(other)))
    assert gap == pytest.approx(ks_2samp(one, other).statistic)


def test_the_gap_of_large_samples_is_near_the_exact_one() -> None:
    random = np.random.default_rng(3)
    one, other = random.normal(size=200_000), random.normal(0.1, 1, size=150_000)
    gap = kll.largest_gap(kll.sketch(np.sort(one)), kll.sketch(np.sort(other)))
    assert gap == pytest.approx(ks_2samp(one, other).statistic, abs=0.002)


def test_a_sketch_survives_its_json() -> None:
    found = kll.sketch(np.sort(np.random.default_rng(4).random(10_000)))
    again = kll.from_json(found.as_json())
    assert kll.largest_gap(found, again) == 0
    assert found.as_json()["parameters"] == {"c": 0.64, "k": 2048.0}


def test_buckets_are_equally_wide_and_only_the_last_is_closed() -> None:
    found = kll.buckets(np.array([0.0, 1.0, 1.5, 9.0, 10.0]))
    assert [bucket["count"] for bucket in found] == [1, 2, 0, 0, 0, 0, 0, 0, 0, 2]
    assert (found[0]["lower_bound"], found[0]["upper_bound"], found[-1]["upper_bound"]) == (0.0, 1.0, 10.0)


def test_buckets_of_a_constant_hold_all_values_in_the_closed_one() -> None:
    assert [bucket["count"] for bucket in kll.buckets(np.full(7, 3.0))] == [0] * 9 + [7]
