"""Many numbers in little memory: what is exact, and what is within a tenth."""

from __future__ import annotations

import random

import pytest

from clary.services.s3.metrics.distribution import Distribution


def stored(numbers):
    known = Distribution()
    for number in numbers:
        known.add(number)
    return list(known.data({"MetricName": "m"}))


def test_few_numbers_are_exact():
    (datum,) = stored([0, 0, 5, 1 << 40])
    assert datum == {"MetricName": "m", "Values": [0, 5, 1 << 40], "Counts": [2, 1, 1]}


def test_sums_and_ends_of_many_are_exact_and_percentiles_near():
    draw = random.Random(1)
    numbers = sorted(int(draw.lognormvariate(10, 4)) for _ in range(50_000))
    data = stored(numbers)
    assert all(len(datum["Values"]) <= 150 for datum in data)
    pairs = sorted(pair for datum in data for pair in zip(datum["Values"], datum["Counts"], strict=True))
    assert sum(count for _, count in pairs) == len(numbers)
    assert sum(value * count for value, count in pairs) == pytest.approx(sum(numbers), rel=1e-12)
    assert (pairs[0][0], pairs[-1][0]) == (numbers[0], numbers[-1])
    assert len(pairs) < 1200
    median, seen = 0.0, 0.0
    for value, count in pairs:
        seen += count
        if seen >= len(numbers) / 2:
            median = value
            break
    assert median == pytest.approx(numbers[len(numbers) // 2], rel=0.11)
