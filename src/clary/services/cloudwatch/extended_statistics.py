"""Statistics that need every value of a period: percentiles, trimmed and winsorized means, counts, sums,
ranks.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Values = Sequence[tuple[float, float]]
"""Sorted values, each with its count."""

Extended = Callable[[Values], float | None]
_NUMBER = r"-?\d{1,15}(?:\.\d{1,10})?"
_PERCENTILE = re.compile(r"p(\d{1,3}(?:\.\d{1,10})?)")
_SHORT = re.compile(r"(tm|tc|ts|wm)(\d{1,3}(?:\.\d{1,10})?)", re.IGNORECASE)
_RANGE = re.compile(rf"(tm|tc|ts|wm|pr)\((?:({_NUMBER})(%?))?:(?:({_NUMBER})(%?))?\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The range of values that count: between two percentages of them, or between two values, without `low`
    itself."""

    low: float
    high: float
    percent: bool

    def select(self, values: Values) -> Values:
        """Return the values in the range and their counts, which are fractions where a percentage cuts
        through one."""
        if not self.percent:
            return [(value, count) for value, count in values if self.low < value <= self.high]
        whole = _count(values)
        start, end = self.low / 100 * whole, self.high / 100 * whole
        at, found = 0.0, []
        for value, count in values:
            part = min(at + count, end) - max(at, start)
            at += count
            if part > 0:
                found.append((value, part))
        return found

    def clamped(self, values: Values) -> Values:
        """Return all values, with those outside the range replaced by the nearer bound."""
        low, high = self.low, self.high
        if self.percent:
            low, high = percentile(values, low), percentile(values, high)
        return [(min(max(value, low), high), count) for value, count in values]


def extended(name: str) -> Extended | None:
    """Return a statistic by AWS's name (`p99.9`, `tm90`, `TC(2%:98%)`, `PR(:300)`, `IQM`), or None if there
    is none."""
    if name.upper() == "IQM":
        return _of("tm", Bounds(25, 75, True))
    if match := _PERCENTILE.fullmatch(name):
        percent = float(match[1])
        return (lambda values: percentile(values, percent)) if percent <= 100 else None
    if match := _SHORT.fullmatch(name):
        bounds = Bounds(0, float(match[2]), True)
        return _of(match[1].lower(), bounds) if bounds.high <= 100 else None
    match = _RANGE.fullmatch(name)
    bounds = _bounds(*match.groups()) if match else None
    return _of(match[1].lower(), bounds) if match and bounds else None


def _bounds(
    kind: str, low: str | None, sign: str | None, high: str | None, other: str | None
) -> Bounds | None:
    """Return the bounds of a range; None if they are mixed, missing or in the wrong order. `pr` takes values
    only."""
    signs = {sign for number, sign in ((low, sign), (high, other)) if number is not None}
    if len(signs) != 1 or (kind.lower() == "pr" and signs == {"%"}):
        return None
    percent = signs == {"%"}
    least, most = (0.0, 100.0) if percent else (-math.inf, math.inf)
    found = Bounds(least if low is None else float(low), most if high is None else float(high), percent)
    return found if least <= found.low < found.high <= most else None


def _of(kind: str, bounds: Bounds) -> Extended:
    if kind == "wm":
        return lambda values: _mean(bounds.clamped(values))
    if kind == "tm":
        return lambda values: _mean(bounds.select(values))
    if kind == "tc":
        return lambda values: _count(bounds.select(values))
    if kind == "ts":
        return lambda values: _sum(bounds.select(values))
    return lambda values: 100 * _count(bounds.select(values)) / _count(values)


def percentile(values: Values, percent: float) -> float:
    """Return a percentile, by linear interpolation between the order statistics."""
    position = percent / 100 * (_count(values) - 1)
    below, above = _at(values, math.floor(position)), _at(values, math.ceil(position))
    return below + (position % 1) * (above - below)


def _at(values: Values, index: float) -> float:
    for value, count in values:
        index -= count
        if index < 0:
            return value
    return values[-1][0]


def _count(values: Values) -> float:
    return math.fsum(count for _, count in values)


def _sum(values: Values) -> float:
    return math.fsum(value * count for value, count in values)


def _mean(values: Values) -> float | None:
    return _sum(values) / _count(values) if values else None
