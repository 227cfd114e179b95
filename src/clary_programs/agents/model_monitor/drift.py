"""How far a feature has moved from its baseline: L-infinity distance (Kolmogorov-Smirnov) or a chi-squared test.

It compares two entries of statistics.json; it knows neither the data behind them nor what is done about it.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import kll
from .constraints import MonitoringConfig

# Deequ, Distance.scala: the critical value of the two-sample Kolmogorov-Smirnov test which it subtracts.
ROBUST_FACTOR = 1.8


@dataclass(frozen=True)
class Drift:
    """A feature's distance from its baseline, 0 to 1, and the distance which is still allowed."""

    distance: float
    threshold: float

    @property
    def exceeded(self) -> bool:
        """Whether the feature has drifted."""
        return self.distance > self.threshold


def drift_of(baseline: dict[str, Any], current: dict[str, Any], config: MonitoringConfig) -> Drift | None:
    """Return the drift between two features of statistics.json; None where they cannot be compared."""
    if "numerical_statistics" in baseline and "numerical_statistics" in current:
        return _numerical(baseline["numerical_statistics"], current["numerical_statistics"], config)
    if "string_statistics" in baseline and "string_statistics" in current:
        return _categorical(baseline["string_statistics"], current["string_statistics"], config)
    return None


def _numerical(baseline: dict[str, Any], current: dict[str, Any], config: MonitoringConfig) -> Drift | None:
    one, other = (_sketch(statistics) for statistics in (baseline, current))
    if one is None or other is None or not one.size or not other.size:
        return None
    gap = kll.largest_gap(one, other)
    return Drift(_corrected(gap, one.size, other.size, config.simple), config.comparison_threshold)


def _sketch(statistics: dict[str, Any]) -> kll.Sketch | None:
    document = ((statistics.get("distribution") or {}).get("kll") or {}).get("sketch")
    return kll.from_json(document) if document else None


def _corrected(gap: float, n: int, m: int, simple: bool) -> float:
    """Robust distance leaves out what two samples of this size may differ by chance."""
    return gap if simple else max(0.0, gap - ROBUST_FACTOR * math.sqrt((n + m) / (n * m)))


def _categorical(baseline: dict[str, Any], current: dict[str, Any], config: MonitoringConfig) -> Drift | None:
    one, other = _histogram(baseline), _histogram(current)
    if one is None or other is None:
        return None
    labels = sorted(one.keys() | other.keys())
    before = np.array([one.get(label, 0) for label in labels], dtype=float)
    after = np.array([other.get(label, 0) for label in labels], dtype=float)
    if config.chi_squared:
        # The threshold is a level of significance: drift is exceeded when the p-value is below it.
        return Drift(1 - chi_squared_p_value(before, after), 1 - config.categorical_threshold)
    gap = float(np.abs(before / before.sum() - after / after.sum()).max())
    distance = _corrected(gap, int(before.sum()), int(after.sum()), config.simple)
    return Drift(distance, config.categorical_threshold)


def _histogram(statistics: dict[str, Any]) -> dict[str, int] | None:
    """Return counts of all values; None if the statistics kept only the most frequent ones, or there are
    none."""
    buckets = ((statistics.get("distribution") or {}).get("categorical") or {}).get("buckets") or []
    counts = {str(bucket["value"]): int(bucket["count"]) for bucket in buckets}
    return counts if counts and len(counts) >= statistics.get("distinct_count", 0) else None


def chi_squared_p_value(before: np.ndarray, after: np.ndarray) -> float:
    """Return the p-value of Pearson's test that both rows of counts come from one distribution."""
    from scipy.stats import chi2

    observed = np.stack([before, after])
    expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0) / observed.sum()
    statistic = float(((observed - expected) ** 2 / expected).sum())
    freedom = len(before) - 1
    return float(chi2.sf(statistic, freedom)) if freedom else 1.0
