"""The functions of metric math. They get evaluated arguments, and keywords (`REPEAT`, `DESC`) as text."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from clary.services.cloudwatch.math.values import MathError, Series, Value
from clary.services.cloudwatch.period_statistics import Window

Argument = Value | str
Function = Callable[..., Value]


def series_of(value: Argument) -> Series:
    if not isinstance(value, Series):
        raise MathError("A time series is expected")
    return value


def array_of(value: Argument) -> list[Series]:
    if not isinstance(value, list):
        raise MathError("An array of time series is expected")
    return value


def number_of(value: Argument) -> float:
    if not isinstance(value, int | float):
        raise MathError("A number is expected")
    return float(value)


def whole_of(value: Argument) -> int:
    return int(number_of(value))


def _total(values: Sequence[float]) -> float:
    """Return the sum; infinity on overflow, so that the data point is dropped."""
    try:
        return math.fsum(values)
    except OverflowError:
        return math.inf


def _mean(values: Sequence[float]) -> float:
    return _total(values) / len(values)


def _deviation(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.sqrt(_mean([(value - mean) * (value - mean) for value in values]))


def _each(change: Callable[[Series], Series]) -> Function:
    """Make a function of one series that maps over an array as well."""

    def function(value: Argument) -> Value:
        return [change(series) for series in value] if isinstance(value, list) else change(series_of(value))

    return function


def _mapped(change: Callable[[float], float | None]) -> Function:
    return _each(lambda series: series.map(change))


def _reduced(reduce: Callable[[Sequence[float]], float], *, missing: float | None = None) -> Function:
    """Make a function that reduces a series to a number, and an array to a series.

    For an array, the values of each time are reduced; a value that a series lacks is `missing` (None: left
    out).
    """

    def function(value: Argument) -> Value:
        if not isinstance(value, list):
            values = list(series_of(value).points.values())
            return _finite(float(reduce(values))) if values else 0.0
        points: dict[int, float | None] = {}
        for at in sorted({at for series in value for at in series.points}):
            found = [series.points.get(at, missing) for series in value]
            points[at] = float(reduce([one for one in found if one is not None]))
        return Series({}, max((series.period for series in value), default=0)).of(points)

    return function


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise MathError("The result is no number")
    return value


def _stepped(step: Callable[[int, float, int, float], float]) -> Function:
    """Make a function that computes each value from (time, value) and the (time, value) before it."""

    def change(series: Series) -> Series:
        pairs = sorted(series.points.items())
        return series.of(
            {at: step(at, value, *before) for (at, value), before in zip(pairs[1:], pairs, strict=False)}
        )

    return _each(change)


def _running_sum(series: Series) -> Series:
    total, points = 0.0, {}
    for at, value in sorted(series.points.items()):
        total += value
        points[at] = total
    return series.of(points)


def _metric_count(value: Argument) -> Value:
    return float(len(array_of(value)))


def _period(value: Argument) -> Value:
    series = series_of(value)
    if not series.metric:
        raise MathError("PERIOD takes a metric, not the result of an expression")
    return float(series.period)


def _first(value: Argument) -> Value:
    return _only(array_of(value)[:1])


def _last(value: Argument) -> Value:
    return _only(array_of(value)[-1:])


def _only(found: list[Series]) -> Series:
    if not found:
        raise MathError("The array of time series is empty")
    return found[0]


def _remove_empty(value: Argument) -> Value:
    return [series for series in array_of(value) if series.points]


def _slice(value: Argument, start: Argument, end: Argument | None = None) -> Value:
    last = None if end is None else whole_of(end)
    return array_of(value)[whole_of(start) : last]


def _sort(value: Argument, function: Argument, order: Argument, limit: Argument | None = None) -> Value:
    if function not in ("AVG", "MIN", "MAX", "SUM") or order not in ("ASC", "DESC"):
        raise MathError("SORT takes AVG, MIN, MAX or SUM, and ASC or DESC")
    rank: Any = FUNCTIONS[str(function)]
    ordered = sorted(array_of(value), key=rank, reverse=order == "DESC")
    return ordered if limit is None else ordered[: whole_of(limit)]


def _if(condition: Argument, then: Argument, otherwise: Argument | None = None) -> Value:
    """IF ("Using IF expressions"). Where the condition is true, a missing value of `then` is 0.

    Where it is false and `otherwise` has no value, the data point is dropped.
    """
    if isinstance(condition, list) or isinstance(then, list | str) or isinstance(otherwise, list | str):
        raise MathError("IF takes numbers and single time series")
    if not isinstance(condition, Series):
        chosen = then if number_of(condition) else otherwise
        return Series({}) if chosen is None else chosen
    points = {
        at: _value_at(then, at, 0.0) if truth else _value_at(otherwise, at, None)
        for at, truth in condition.points.items()
    }
    return condition.of(points)


def _value_at(value: Series | float | None, at: int, missing: float | None) -> float | None:
    return value.points.get(at, missing) if isinstance(value, Series) else value


def metrics(known: Callable[[], list[Series]]) -> Function:
    """METRICS: return the metrics of the request, or those whose ids contain a text."""

    def function(part: Argument = "") -> Value:
        if not isinstance(part, str):
            raise MathError("METRICS takes a text")
        return [series for series in known() if part in series.id]

    return function


def fill(window: Callable[[int], Window]) -> Function:
    """FILL: fill the missing periods of the window."""

    def function(value: Argument, filler: Argument) -> Value:
        if isinstance(value, list):
            return [_filled(series, filler, window) for series in value]
        return _filled(series_of(value), filler, window)

    return function


def _filled(series: Series, filler: Argument, window: Callable[[int], Window]) -> Series:
    times = window(series.period).times()
    if filler == "REPEAT":
        return series.of(_repeated(series, times))
    if filler == "LINEAR":
        return series.of(_interpolated(series, times))
    if isinstance(filler, Series):
        return series.of({at: series.points.get(at, filler.points.get(at)) for at in times})
    constant = number_of(filler)
    return series.of({at: series.points.get(at, constant) for at in times})


def _repeated(series: Series, times: Sequence[int]) -> dict[int, float | None]:
    last: float | None = None
    points: dict[int, float | None] = {}
    for at in times:
        points[at] = last = series.points.get(at, last)
    return points


def _interpolated(series: Series, times: Sequence[int]) -> dict[int, float | None]:
    """Interpolate linearly between neighbours; leave out times before the first and after the last value."""
    known = sorted(series.points)
    points: dict[int, float | None] = {}
    for at in times:
        place = bisect_left(known, at)
        if at in series.points:
            points[at] = series.points[at]
        elif 0 < place < len(known):
            before, after = known[place - 1], known[place]
            low, high = series.points[before], series.points[after]
            points[at] = low + (high - low) * (at - before) / (after - before)
    return points


def time_series(window: Callable[[int], Window]) -> Function:
    """TIME_SERIES: return a number for every period of the window."""

    def function(value: Argument) -> Value:
        constant, periods = number_of(value), window(0)
        return Series(dict.fromkeys(periods.times(), constant), periods.period)

    return function


def calendar(part: Callable[[datetime], float], window: Callable[[int], Window]) -> Function:
    """MINUTE, HOUR and others: return a part of the time, for every period of the window."""

    def function(value: Argument) -> Value:
        series = series_of(value)
        times = window(series.period).times()
        return series.of({at: float(part(datetime.fromtimestamp(at, UTC))) for at in times})

    return function


CALENDAR: dict[str, Callable[[datetime], float]] = {
    "MINUTE": lambda at: at.minute,
    "HOUR": lambda at: at.hour,
    "DAY": lambda at: at.isoweekday(),
    "DATE": lambda at: at.day,
    "MONTH": lambda at: at.month,
    "YEAR": lambda at: at.year,
    "EPOCH": lambda at: at.timestamp(),
}
FUNCTIONS: dict[str, Function] = {
    "ABS": _mapped(abs),
    "CEIL": _mapped(lambda value: float(math.ceil(value))),
    "FLOOR": _mapped(lambda value: float(math.floor(value))),
    "LOG": _mapped(lambda value: math.log(value) if value > 0 else None),
    "LOG10": _mapped(lambda value: math.log10(value) if value > 0 else None),
    "AVG": _reduced(_mean, missing=0.0),
    "SUM": _reduced(_total),
    "MIN": _reduced(min),
    "MAX": _reduced(max),
    "STDDEV": _reduced(_deviation),
    "DATAPOINT_COUNT": _reduced(len),
    "METRIC_COUNT": _metric_count,
    "DIFF": _stepped(lambda at, value, before, old: value - old),
    "DIFF_TIME": _stepped(lambda at, value, before, old: float(at - before)),
    "RATE": _stepped(lambda at, value, before, old: (value - old) / (at - before)),
    "RUNNING_SUM": _each(_running_sum),
    "PERIOD": _period,
    "FIRST": _first,
    "LAST": _last,
    "REMOVE_EMPTY": _remove_empty,
    "SLICE": _slice,
    "SORT": _sort,
    "IF": _if,
}
KEYWORDS = {"REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM"}
ABSENT = {
    "ANOMALY_DETECTION_BAND",
    "DB_PERF_INSIGHTS",
    "INSIGHT_RULE_METRIC",
    "LAMBDA",
    "SEARCH",
    "SELECT",
    "SERVICE_QUOTA",
}
