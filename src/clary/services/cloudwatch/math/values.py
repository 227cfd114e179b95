"""The values of expressions: numbers, time series and arrays of time series; arithmetic on them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace


class MathError(Exception):
    """An expression cannot be evaluated. The message says why."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values by time (epoch seconds).

    `period` is in seconds, 0 if there is none. `metric` tells a metric of the request from the result of an
    expression.
    """

    points: Mapping[int, float]
    period: int = 0
    id: str = ""
    label: str = ""
    metric: bool = False

    def map(self, change: Callable[[float], float | None]) -> Series:
        """Return the series with `change` applied to every value; None and values that are not finite are
        dropped."""
        return self.of({at: change(value) for at, value in self.points.items()})

    def of(self, points: Mapping[int, float | None]) -> Series:
        """Return the series with other points."""
        kept = {at: value for at, value in points.items() if value is not None and math.isfinite(value)}
        return replace(self, points=kept, metric=False)


Value = float | Series | list[Series]


def size(value: Value | str) -> int:
    """Return how many data points a value counts as; each series and number counts as one more."""
    if isinstance(value, list):
        return 1 + sum(1 + len(series.points) for series in value)
    return 1 + len(value.points) if isinstance(value, Series) else 1


def _divide(left: float, right: float) -> float | None:
    return left / right if right else None


def _power(left: float, right: float) -> float | None:
    try:
        result = left**right
    except (ArithmeticError, ValueError):
        return None
    return result if isinstance(result, int | float) else None


def _truth(compare: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    return lambda left, right: 1.0 if compare(left, right) else 0.0


_BINARY: dict[str, Callable[[float, float], float | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "^": _power,
    "==": _truth(operator.eq),
    "!=": _truth(operator.ne),
    "<": _truth(operator.lt),
    "<=": _truth(operator.le),
    ">": _truth(operator.gt),
    ">=": _truth(operator.ge),
    "&&": _truth(lambda left, right: bool(left) and bool(right)),
    "||": _truth(lambda left, right: bool(left) or bool(right)),
}


def negative(value: Value) -> Value:
    if isinstance(value, list):
        return [series.map(operator.neg) for series in value]
    return value.map(operator.neg) if isinstance(value, Series) else -value


def combine(mark: str, left: Value, right: Value) -> Value:
    """Apply an operator to two values.

    If one of two series lacks a value, it counts as 0; a division by zero drops the data point ("Basic
    arithmetic functions").
    """
    compute = _BINARY[mark]
    if isinstance(left, list):
        if isinstance(right, list):
            raise MathError("Operators cannot be applied to two arrays of time series")
        return [_series(combine(mark, series, right)) for series in left]
    if isinstance(right, list):
        return [_relabelled(_series(combine(mark, left, series)), series) for series in right]
    if isinstance(left, Series):
        return _between(compute, left, right)
    if isinstance(right, Series):
        return right.map(lambda value: compute(left, value))
    result = compute(left, right)
    if result is None or not math.isfinite(result):
        raise MathError("Division by zero" if mark == "/" else "The result is no number")
    return result


def _between(compute: Callable[[float, float], float | None], left: Series, right: Series | float) -> Series:
    if not isinstance(right, Series):
        return left.map(lambda value: compute(value, right))
    times = sorted({*left.points, *right.points})
    points = {at: compute(left.points.get(at, 0.0), right.points.get(at, 0.0)) for at in times}
    return replace(left, period=max(left.period, right.period)).of(points)


def _relabelled(result: Series, source: Series) -> Series:
    return replace(result, id=source.id, label=source.label)


def _series(value: Value) -> Series:
    assert isinstance(value, Series)
    return value
