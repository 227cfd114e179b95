"""The summary of each metric of a trial component, as Describe and Search show it. It is kept in the component's record and
goes on with every value, so that no series has to be read for it. Knows no store."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Summary = dict[str, Any]


def extended(before: Summary | None, value: float, at: float, source: str) -> Summary:
    """Return a summary with one more value, of `source` (an ARN) at a time (epoch seconds).

    `Squares` is the sum of the squared differences from the mean, which is brought up by Welford's method: a sum of squares
    would lose a small deviation of large values.
    """
    if before is None:
        before = {"Count": 0, "Avg": 0.0, "Squares": 0.0, "Min": value, "Max": value, "TimeStamp": at}
    count, mean = before["Count"] + 1, before["Avg"]
    average = mean + (value - mean) / count
    squares = before["Squares"] + (value - mean) * (value - average)
    newest = at >= before["TimeStamp"]
    return {
        "SourceArn": source,
        "TimeStamp": at if newest else before["TimeStamp"],
        "Max": max(before["Max"], value),
        "Min": min(before["Min"], value),
        "Last": value if newest else before["Last"],
        "Count": count,
        "Avg": average,
        "StdDev": math.sqrt(squares / count) if math.isfinite(squares) else 0.0,
        "Squares": squares if math.isfinite(squares) else 0.0,
    }


def shown(summaries: Mapping[str, Summary]) -> list[Summary]:
    """Return the member `Metrics`, by name."""
    return [{"MetricName": name, **summaries[name]} for name in sorted(summaries)]


def points_in(summaries: Mapping[str, Summary]) -> int:
    """Return how many values all summaries stand for."""
    return sum(one["Count"] for one in summaries.values())
