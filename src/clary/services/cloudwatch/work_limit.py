"""A limit on what one request may read and compute, in data points. Knows no query."""

from __future__ import annotations

from collections.abc import Callable

from clary.kernel import AwsError
from clary.services.cloudwatch.errors import validation_error

MOST_POINTS = 5_000_000
"""Data points of one request: a few seconds of work."""


class WorkLimit:
    """The data points that a request may still use. `refuse` makes the error for exceeding the limit."""

    def __init__(self, most: int = MOST_POINTS, refuse: Callable[[str], AwsError] = validation_error) -> None:
        self._most, self._left = most, most
        self._refuse = refuse

    def spend(self, points: int) -> None:
        """Use up data points. Raise above the limit, with GetMetricStatistics' message for too many."""
        self._left -= points
        if self._left < 0:
            raise self._refuse(
                f"You have requested up to {self._most - self._left} datapoints, which exceeds the limit of {self._most}. "
                "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
            )
