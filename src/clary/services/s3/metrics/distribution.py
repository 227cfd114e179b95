"""Many numbers in little memory: their count, sum, least and greatest are exact, and percentiles are within a tenth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

_WIDTH = math.log(1.1)  # of the range of numbers that are kept as their mean
_MOST = 150  # values in one datum of PutMetricData

Pair = tuple[float, float]


class Distribution:
    """Numbers from 0 on. A number of any 64 bits is in one of some four hundred ranges."""

    def __init__(self) -> None:
        self._ranges: dict[int | None, list[float]] = {}  # None for 0; [count, sum, least, greatest]

    def add(self, value: float) -> None:
        place = math.floor(math.log(value) / _WIDTH) if value > 0 else None
        known = self._ranges.get(place)
        if known is None:
            self._ranges[place] = [1, value, value, value]
            return
        known[0] += 1
        known[1] += value
        known[2], known[3] = min(known[2], value), max(known[3], value)

    def data(self, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the numbers as data of PutMetricData, each of which begins as `base` does."""
        pairs = [pair for one in self._ranges.values() for pair in _pairs(*one)]
        for start in range(0, len(pairs), _MOST):
            some = pairs[start : start + _MOST]
            yield {**base, "Values": [value for value, _ in some], "Counts": [count for _, count in some]}


def _pairs(count: float, total: float, low: float, high: float) -> list[Pair]:
    """Return values with counts that have the sum of a range, its least and its greatest number."""
    if low == high:
        return [(low, count)]
    ends = [(low, 1.0), (high, 1.0)]
    return ends if count == 2 else [*ends, ((total - low - high) / (count - 2), count - 2)]
