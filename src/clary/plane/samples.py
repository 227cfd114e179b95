"""What the values of a metric come to between two reports to CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Sample:
    """Count, sum, least and greatest of some values."""

    count: int = 0
    total: float = 0.0
    low: float = float("inf")
    high: float = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.low, self.high = min(self.low, value), max(self.high, value)

    def statistics(self) -> dict[str, float]:
        """Return them as the StatisticValues of PutMetricData."""
        return {
            "SampleCount": float(self.count),
            "Sum": float(self.total),
            "Minimum": float(self.low),
            "Maximum": float(self.high),
        }
