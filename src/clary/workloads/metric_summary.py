"""What became of a metric so far, brought up with each value, so that no series has to be read for it. Knows no service."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Summary = dict[str, Any]
LARGEST = 2.0**360
"""The largest absolute value, which is PutMetricData's too: the squares of larger ones would pass what a double can hold."""


def extended(before: Mapping[str, Any] | None, value: float, at: float) -> Summary:
    """Return a summary with one more value, of a time (epoch seconds); None or what has no count begins a new one. The value is
    at most LARGEST.

    `Squares` is the sum of the squared differences from the mean, which is brought up by Welford's method: a sum of squares
    would lose a small deviation of large values.
    """
    if not before or "Count" not in before:
        before = {"Count": 0, "Avg": 0.0, "Squares": 0.0, "Min": value, "Max": value, "TimeStamp": at}
    count, mean = before["Count"] + 1, before["Avg"]
    average = mean + (value - mean) / count
    squares = before["Squares"] + (value - mean) * (value - average)
    newest = at >= before["TimeStamp"]
    return {
        "TimeStamp": at if newest else before["TimeStamp"],
        "Max": max(before["Max"], value),
        "Min": min(before["Min"], value),
        "Last": value if newest else before["Last"],
        "Count": count,
        "Avg": average,
        "StdDev": math.sqrt(squares / count),
        "Squares": squares,
    }
