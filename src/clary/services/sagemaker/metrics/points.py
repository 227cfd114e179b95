"""The values of metrics in tables of their own: write, read in steps of an axis, forget. Knows no operation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clary.store.api import Tx

MOST_POINTS = 250_000
"""Of one owner, in all of its series."""


class Point(NamedTuple):
    """A value at a time (epoch seconds), and at a step where it was logged with one."""

    at: float
    step: int | None
    value: float


@dataclass(frozen=True, slots=True)
class Axis:
    """The x-axis of a query: steps, or times in periods of so many milliseconds. `start` and `end` bound it, both
    included, in its own unit."""

    period: int | None
    start: int | None = None
    end: int | None = None

    @property
    def place(self) -> str:
        """Where a point is on the axis, as an expression."""
        return "step" if self.period is None else f"at / {self.period:d} * {self.period:d}"

    @property
    def column(self) -> str:
        return "step" if self.period is None else "at"

    def condition(self) -> tuple[str, list[int]]:
        """Return which points of a series are on the axis."""
        bounds = [(f"{self.column} >= ?", self.start), (f"{self.column} <= ?", self.end)]
        said = [(text, value) for text, value in bounds if value is not None]
        texts = ["series = ?", *(text for text, _ in said)]
        if self.period is None:
            texts.append("step is not null")
        return " and ".join(texts), [value for _, value in said]


def add(tx: Tx, owner: str, name: str, points: Sequence[Point]) -> None:
    """Append points to a series."""
    series = _series(tx, owner, name)
    if series is None:
        statement = "insert into sagemaker_metric_series (owner, name) values (?, ?) on conflict (owner, name) do nothing"
        tx.sql(statement, owner, name)
        series = _series(tx, owner, name)
    tx.sql_many(
        "insert into sagemaker_metric_point (series, at, step, value) values (?, ?, ?, ?)",
        [(series, round(point.at * 1000), point.step, point.value) for point in points],
    )


def _series(tx: Tx, owner: str, name: str) -> int | None:
    found = tx.sql("select number from sagemaker_metric_series where owner = ? and name = ?", owner, name)
    return found[0][0] if found else None


def forget(tx: Tx, owner: str) -> None:
    """Delete all series of an owner."""
    owned = "(select number from sagemaker_metric_series where owner = ?)"
    tx.sql(f"delete from sagemaker_metric_point where series in {owned}", owner)
    tx.sql("delete from sagemaker_metric_series where owner = ?", owner)


def read(tx: Tx, owner: str, name: str, statistic: str, axis: Axis, most: int) -> list[tuple[int, float]]:
    """Return where values are on the axis, in its order, and their statistic there; at most so many."""
    series = _series(tx, owner, name)
    if series is None:
        return []
    if statistic == "Last":
        return _last(tx, series, axis, most)
    if statistic == "StdDev":
        return _deviation(tx, series, axis, most)
    return _aggregate(tx, series, _AGGREGATES[statistic], axis, most)


_AGGREGATES = {"Min": "min(value)", "Max": "max(value)", "Avg": "avg(value)", "Count": "count(*)"}


def _aggregate(tx: Tx, series: int, expression: str, axis: Axis, most: int) -> list[tuple[int, float]]:
    where, bounds = axis.condition()
    rows = tx.sql(
        f"select {axis.place} as place, {expression} from sagemaker_metric_point where {where}"
        " group by place order by place limit ?",
        *(series, *bounds, most),
    )
    return [(int(place), float(value)) for place, value in rows]


def _deviation(tx: Tx, series: int, axis: Axis, most: int) -> list[tuple[int, float]]:
    """Return standard deviations of all values at a place. The mean of the series is taken off first, so that large values
    that differ little do not cancel each other out."""
    where, bounds = axis.condition()
    ((mean,),) = tx.sql("select avg(value) from sagemaker_metric_point where series = ?", series)
    rows = tx.sql(
        f"select {axis.place} as place, count(*), sum(value - ?), sum((value - ?) * (value - ?))"
        f" from sagemaker_metric_point where {where} group by place order by place limit ?",
        *(mean, mean, mean, series, *bounds, most),
    )
    return [(int(place), _root(squares / n - (total / n) ** 2)) for place, n, total, squares in rows]


def _root(variance: float) -> float:
    return math.sqrt(max(0.0, variance))


def _last(tx: Tx, series: int, axis: Axis, most: int) -> list[tuple[int, float]]:
    where, bounds = axis.condition()
    rows = tx.sql(
        f"select place, value from (select {axis.place} as place, value, row_number() over"
        f" (partition by {axis.place} order by at desc, number desc) as age"
        f" from sagemaker_metric_point where {where}) as dated where age = 1 order by place limit ?",
        *(series, *bounds, most),
    )
    return [(int(place), float(value)) for place, value in rows]
