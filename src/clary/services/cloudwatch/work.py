"""How much one request may have read and computed, counted in data points. Knows no query."""

from __future__ import annotations

from collections.abc import Callable

from clary.kernel import AwsError
from clary.services.cloudwatch.refusals import validation_error

MOST_POINTS = 5_000_000
"""Of one request: some seconds of work."""


class Work:
    """What is left of a request's data points. `refuse` makes the error for one more."""

    def __init__(self, most: int = MOST_POINTS, refuse: Callable[[str], AwsError] = validation_error) -> None:
        self._most, self._left = most, most
        self._refuse = refuse

    def spend(self, points: int) -> None:
        """Count some. The sentence is the one by which GetMetricStatistics refuses too many."""
        self._left -= points
        if self._left < 0:
            raise self._refuse(
                f"You have requested up to {self._most - self._left} datapoints, which exceeds the limit of {self._most}. "
                "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
            )
