"""The KLL quantile sketch of statistics.json: a few thousand weighted values standing for a whole column.

It knows sorted numbers and ranks; it does not know columns, files or thresholds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The parameters which AWS's analyser writes (Deequ's defaults, too).
SHRINKING_FACTOR = 0.64
SKETCH_SIZE = 2048
BUCKETS = 10

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sketch:
    """Compactor levels: each value of `levels[h]` stands for 2**h values of the data."""

    levels: tuple[Floats, ...]

    @property
    def size(self) -> int:
        """How many values the sketch stands for; exact."""
        return sum(len(level) << height for height, level in enumerate(self.levels))

    def weighted(self) -> tuple[Floats, NDArray[np.int64]]:
        """Return all values in ascending order, and the weight of each."""
        values = np.concatenate(self.levels) if self.levels else np.empty(0)
        weights = np.concatenate([np.full(len(level), 1 << h) for h, level in enumerate(self.levels)])
        order = np.argsort(values, kind="stable")
        return values[order], weights[order]

    def as_json(self) -> dict[str, Any]:
        """Return the member `sketch` of statistics.json."""
        parameters = {"c": SHRINKING_FACTOR, "k": float(SKETCH_SIZE)}
        return {"parameters": parameters, "data": [level.tolist() for level in self.levels]}


def sketch(ordered: Floats, size: int = SKETCH_SIZE) -> Sketch:
    """Return the sketch of values in ascending order; at most `size` of them are kept exactly.

    Every compaction keeps each second value at double weight, from alternating ends so that the errors of
    neighbouring levels cancel rather than add: the rank error stays below (values / size), and the total
    weight is exactly the number of values.
    """
    levels: list[Floats] = []
    current = ordered
    while len(current) > size:
        odd = len(current) % 2
        levels.append(current[len(current) - odd :])
        current = current[: len(current) - odd][len(levels) % 2 :: 2]
    levels.append(current)
    return Sketch(tuple(levels))


def from_json(document: dict[str, Any]) -> Sketch:
    """Return the sketch in a statistics.json, ours or AWS's."""
    return Sketch(tuple(np.asarray(level, dtype=np.float64) for level in document["data"]))


def largest_gap(one: Sketch, other: Sketch) -> float:
    """Return the largest difference of the two cumulative distributions: the two-sample Kolmogorov-Smirnov
    statistic."""
    first, first_weights = one.weighted()
    second, second_weights = other.weighted()
    points = np.union1d(first, second)
    gap = np.abs(_cumulative(first, first_weights, points) - _cumulative(second, second_weights, points))
    return float(gap.max())


def _cumulative(values: Floats, weights: NDArray[np.int64], points: Floats) -> Floats:
    totals = np.concatenate(([0], np.cumsum(weights)))
    return totals[np.searchsorted(values, points, side="right")] / totals[-1]


def buckets(ordered: Floats, count: int = BUCKETS) -> list[dict[str, float | int]]:
    """Equally wide buckets between the least and the greatest value; only the last one is closed."""
    edges = np.linspace(ordered[0], ordered[-1], count + 1)
    inner = np.searchsorted(ordered, edges[1:-1], side="left")
    counts = np.diff(np.concatenate(([0], inner, [len(ordered)])))
    return [
        {"lower_bound": float(low), "upper_bound": float(high), "count": int(number)}
        for low, high, number in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
