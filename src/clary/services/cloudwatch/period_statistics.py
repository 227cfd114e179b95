"""Data points aggregated by period, and the statistics of a period. Knows no operation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import orjson

from clary.kernel import BusinessTime
from clary.kernel.timeline import Stretch
from clary.services.cloudwatch.extended_statistics import Extended, extended
from clary.services.cloudwatch.metrics import number_of
from clary.store.api import Tx


@dataclass(slots=True)
class Bucket:
    """The data of one period and unit. `values` has (value, count) pairs; None if a statistic set hides the
    values."""

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
        """Return a statistic of the values; None if they are unknown or one is negative (API reference,
        ExtendedStatistics)."""
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
    """Return a statistic by AWS's name, or None if there is none."""
    if name in _PLAIN:
        return _PLAIN[name]
    found = extended(name)
    return (lambda bucket: bucket.of_values(found)) if found else None


def is_plain(name: str) -> bool:
    """Return whether a statistic follows from sums, without every value."""
    return name in _PLAIN


# Cost of reading points one by one: a point counts as five that the database sums up, and so do its values,
# one per eight characters.
_WEIGHT, _CHARACTERS = 5, 8
_HOUR, _DAY = 3600, 86400
SHORT_PERIODS = (1, 5, 10, 20, 30)  # seconds; all other periods are multiples of a minute
_RETENTION = ((_HOUR, 455 * _DAY), (300, 63 * _DAY), (60, 15 * _DAY), (1, 3 * _HOUR))


class Part(NamedTuple):
    """Points dated from `begin` until `end` (exclusive), which count as `older` by this many seconds."""

    begin: int
    end: int
    older: int


@dataclass(frozen=True, slots=True)
class Window:
    """Periods of `period` seconds from `start` until `end` (exclusive), in epoch seconds of machine time.

    `parts` says where the points lie if business time was moved in between.
    """

    start: int
    end: int
    period: int
    parts: tuple[Part, ...] | None = None

    def in_business_time(self, business: BusinessTime) -> Window:
        """Return the same periods in business time: points from before a move lie further back by the size of
        the move."""
        line = business.timeline
        return replace(
            self, parts=tuple(self._parts(line.stretches(line.machine(self.start + line.ahead)), line.ahead))
        )

    def _parts(self, stretches: Iterable[Stretch], ahead: float) -> Iterator[Part]:
        for stretch in stretches:
            older = int(ahead - stretch.ahead)
            begin, end = max(stretch.begin, self.start + older), min(stretch.end, self.end + older)
            if begin < end:
                yield Part(math.ceil(begin), math.ceil(end), older)

    def times(self) -> range:
        """Return the start times of the periods."""
        return range(self.start, self.end, self.period)

    def within_retention(self, business: BusinessTime) -> Window:
        """Return the window without times at which so short a period is no longer kept (API reference,
        GetMetricStatistics)."""
        age = next(age for step, age in _RETENTION if self.period % step == 0)
        oldest = business.ago(age)
        late = int(oldest) - self.start
        if late <= 0:
            return self
        if (
            business.timeline.moved_before(oldest) == oldest
        ):  # of the period with the move, only the part after the move is recent enough
            begin = self.start + late // self.period * self.period
            return replace(self, start=begin, parts=(Part(math.ceil(oldest), self.end, 0),))
        return replace(self, start=self.start - -late // self.period * self.period)


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
    """Return buckets by (start of period, unit), in that order. With `unit`, leave out all other units.

    The database sums up, except for extended statistics (`every_value`), which need every point. `spend` is
    called with the number of points read; it may raise.
    """
    number = number_of(tx, scope, metric)
    if number is None:
        return {}
    chosen, units = ("", []) if unit is None else (" AND unit = ?", [unit])
    gather, buckets = _every_point if every_value else _sums, Buckets()
    parts = (Part(window.start, window.end, 0),) if window.parts is None else window.parts
    for part in parts:
        where = f"metric = ? AND at >= ? AND at < ?{chosen}"
        for place, of, *sample in gather(
            tx, where, [number, part.begin, part.end, *units], window, part, spend
        ):
            key = (window.start + place * window.period, of)
            buckets.setdefault(key, Bucket()).add(*sample)
    return dict(sorted(buckets.items()))


Rows = Iterable[tuple[Any, ...]]
"""The index of a period in the window, a unit, and a sample of one or several points."""
_PLACE = "(at - ?) / ?"


def _sums(
    tx: Tx, where: str, args: list[Any], window: Window, part: Part, spend: Callable[[int], None]
) -> Rows:
    rows = tx.sql(
        f"SELECT {_PLACE}, unit, SUM(samples), SUM(total), MIN(low), MAX(high), NULL, COUNT(*) FROM cloudwatch_point "
        f"WHERE {where} GROUP BY 1, 2",
        window.start + part.older,
        window.period,
        *args,
    )
    spend(sum(row[-1] for row in rows))
    return (row[:-1] for row in rows)


def _every_point(
    tx: Tx, where: str, args: list[Any], window: Window, part: Part, spend: Callable[[int], None]
) -> Rows:
    """Read every point into memory, after their cost has been counted."""
    measure = f"SELECT COUNT(*), COALESCE(SUM(length(counted)), 0) FROM cloudwatch_point WHERE {where}"
    count, characters = tx.sql(measure, *args)[0]
    spend(_WEIGHT * count + characters // _CHARACTERS)
    return tx.sql(
        f"SELECT {_PLACE}, unit, samples, total, low, high, counted FROM cloudwatch_point WHERE {where}",
        window.start + part.older,
        window.period,
        *args,
    )
