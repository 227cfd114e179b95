"""Data points gathered into periods, and the statistics of a period. Knows no operation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from clary.services.cloudwatch.extended import Extended, extended
from clary.services.cloudwatch.metrics import number_of
from clary.store.api import Tx


@dataclass(slots=True)
class Bucket:
    """One period of one unit. `values` are values and their counts, None where a statistic set hides them."""

    samples: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    values: list[tuple[float, float]] | None = field(default_factory=list)

    def add(self, samples: float, total: float, low: float, high: float, counted: str | None) -> None:
        self.samples += samples
        self.total += total
        self.low, self.high = min(self.low, low), max(self.high, high)
        if self.values is None:
            return
        if counted is not None:
            self.values += zip(*orjson.loads(counted), strict=True)
        elif low == high and math.isclose(total, low * samples):
            self.values.append((low, samples))
        else:
            self.values = None

    def of_values(self, statistic: Extended) -> float | None:
        """None where the values are not known, or one is negative (API reference of ExtendedStatistics)."""
        return statistic(sorted(self.values)) if self.values and self.low >= 0 else None


Statistic = Callable[[Bucket], float | None]
_PLAIN: dict[str, Statistic] = {
    "SampleCount": lambda bucket: bucket.samples,
    "Sum": lambda bucket: bucket.total,
    "Average": lambda bucket: bucket.total / bucket.samples,
    "Minimum": lambda bucket: bucket.low,
    "Maximum": lambda bucket: bucket.high,
}


def statistic(name: str) -> Statistic | None:
    """A statistic by AWS's name; None for a name that is none."""
    if name in _PLAIN:
        return _PLAIN[name]
    found = extended(name)
    return (lambda bucket: bucket.of_values(found)) if found else None


def is_plain(name: str) -> bool:
    """Whether a statistic can be told from sums, without every value."""
    return name in _PLAIN


# A point that is read by itself costs as much as so many that the database adds up, and so many characters of its
# values as one.
_WEIGHT, _CHARACTERS = 5, 8
_HOUR, _DAY = 3600, 86400
SHORT_PERIODS = (1, 5, 10, 20, 30)  # seconds; all others are minutes
_KEPT = ((_HOUR, 455 * _DAY), (300, 63 * _DAY), (60, 15 * _DAY), (1, 3 * _HOUR))


@dataclass(frozen=True, slots=True)
class Window:
    """Periods of `period` seconds from `start` on, until `end` (exclusive). Seconds since the epoch."""

    start: int
    end: int
    period: int

    def times(self) -> range:
        """Where the periods begin."""
        return range(self.start, self.end, self.period)

    def kept(self, now: float) -> Window:
        """Without what is too old to be had by so short a period (API reference of GetMetricStatistics)."""
        age = next(age for step, age in _KEPT if self.period % step == 0)
        late = int(now) - age - self.start
        return self if late <= 0 else replace(self, start=self.start - -late // self.period * self.period)


Buckets = dict[tuple[int, str], Bucket]


def read(
    tx: Tx,
    scope: str,
    metric: Mapping[str, Any],
    window: Window,
    unit: str | None = None,
    *,
    every_value: bool = False,
    spend: Callable[[int], None] = lambda points: None,
) -> Buckets:
    """Buckets by the start of their period and unit, in that order. A unit given leaves out all others. The database
    adds up; only extended statistics need every point. `spend` is told how many were read, and may raise."""
    number = number_of(tx, scope, metric)
    if number is None:
        return {}
    where, args = "metric = ? and at >= ? and at < ?", [number, window.start, window.end]
    if unit is not None:
        where, args = f"{where} and unit = ?", [*args, unit]
    gather = _every_point if every_value else _sums
    return dict(sorted(gather(tx, where, args, window, spend).items()))


def _sums(tx: Tx, where: str, args: list[Any], window: Window, spend: Callable[[int], None]) -> Buckets:
    rows = tx.sql(
        "select (at - ?) / ?, unit, sum(samples), sum(total), min(low), max(high), count(*) from cloudwatch_point "
        f"where {where} group by 1, 2",
        window.start,
        window.period,
        *args,
    )
    spend(sum(row[-1] for row in rows))
    return {
        (window.start + place * window.period, unit): Bucket(samples, total, low, high, None)
        for place, unit, samples, total, low, high, _ in rows
    }


def _every_point(
    tx: Tx, where: str, args: list[Any], window: Window, spend: Callable[[int], None]
) -> Buckets:
    """Every point is read into memory, so they are counted before."""
    measure = f"select count(*), coalesce(sum(length(counted)), 0) from cloudwatch_point where {where}"
    count, characters = tx.sql(measure, *args)[0]
    spend(_WEIGHT * count + characters // _CHARACTERS)
    statement = f"select at, unit, samples, total, low, high, counted from cloudwatch_point where {where}"
    buckets: Buckets = {}
    for at, unit, *sample in tx.sql(statement, *args):
        begin = window.start + (at - window.start) // window.period * window.period
        buckets.setdefault((begin, unit), Bucket()).add(*sample)
    return buckets
