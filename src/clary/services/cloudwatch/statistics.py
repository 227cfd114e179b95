"""GetMetricStatistics and GetMetricData: data points gathered into periods."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.cloudwatch.data import dimensions_key
from clary.services.cloudwatch.service import cloudwatch

_MOST_POINTS = 1440
_MOST_DATA = 100_800


@dataclass(slots=True)
class Bucket:
    """One period of one unit."""

    samples: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    values: list[tuple[float, float]] | None = field(default_factory=list)

    def add(self, samples: float, total: float, low: float, high: float, counted: str | None) -> None:
        self.samples += samples
        self.total += total
        self.low, self.high = min(self.low, low), max(self.high, high)
        if counted is None and low == high:
            counted = orjson.dumps([[low], [samples]]).decode()
        if counted is None:
            self.values = None  # a statistic set hides its values, and with them the percentiles
        elif self.values is not None:
            self.values += zip(*orjson.loads(counted), strict=True)

    def statistic(self, name: str) -> float | None:
        """A statistic by AWS's name, or a percentile (`p99`, `p99.9`)."""
        plain = {"SampleCount": self.samples, "Sum": self.total, "Minimum": self.low, "Maximum": self.high}
        if name in plain:
            return plain[name]
        if name == "Average":
            return self.total / self.samples if self.samples else None
        return self._percentile(_percent(name))

    def _percentile(self, percent: float) -> float | None:
        """By linear interpolation between the order statistics."""
        if not self.values:
            return None
        ordered = sorted(self.values)
        position = percent / 100 * (sum(count for _, count in ordered) - 1)
        return _at(ordered, math.floor(position)) + (position % 1) * (
            _at(ordered, math.ceil(position)) - _at(ordered, math.floor(position))
        )


def _at(ordered: list[tuple[float, float]], index: float) -> float:
    for value, count in ordered:
        index -= count
        if index < 0:
            return value
    return ordered[-1][0]


def _percent(name: str) -> float:
    try:
        percent = float(name[1:]) if name[:1] == "p" else math.nan
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= 100:
        raise AwsError("InvalidParameterValue", f"The value {name} for parameter Stat is invalid.")
    return percent


@cloudwatch.operation
def get_metric_statistics(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    start, end, period = params["StartTime"], params["EndTime"], params["Period"]
    _check(params)
    if start >= end:
        raise AwsError(
            "InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime."
        )
    if (end - start) / period > _MOST_POINTS:
        message = (
            f"You have requested up to {math.ceil((end - start) / period)} datapoints, which exceeds the limit of "
            f"{_MOST_POINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
        raise AwsError("InvalidParameterCombination", message)
    buckets = _buckets(ctx, params, start, end, period, params.get("Unit"))
    names = [*params.get("Statistics", []), *params.get("ExtendedStatistics", [])]
    points = []
    for (at, unit), bucket in sorted(buckets.items()):
        values = {name: bucket.statistic(name) for name in names}
        plain = {name: values[name] for name in params.get("Statistics", [])}
        extended = {
            name: values[name] for name in params.get("ExtendedStatistics", []) if values[name] is not None
        }
        points.append(
            {"Timestamp": at, "Unit": unit, **plain, **({"ExtendedStatistics": extended} if extended else {})}
        )
    return {"Label": params["MetricName"], "Datapoints": points}


def _check(params: Mapping[str, Any]) -> None:
    if not params.get("Statistics") and not params.get("ExtendedStatistics"):
        raise AwsError("MissingParameter", "Must specify either Statistics or ExtendedStatistics.")
    period = params["Period"]
    if period not in (1, 5, 10, 20, 30) and period % 60:
        raise AwsError(
            "InvalidParameterValue", f"The parameter Period must be a multiple of 60, it is {period}."
        )


def _buckets(
    ctx: Context, metric: Mapping[str, Any], start: float, end: float, period: int, unit: str | None
) -> dict[tuple[int, str], Bucket]:
    """Buckets by the start of their period and unit; the end is exclusive."""
    rows = ctx.tx.sql(
        "select at, unit, samples, total, low, high, counted from cloudwatch_point "
        "where scope = ? and namespace = ? and name = ? and dimensions = ? and at >= ? and at < ?",
        ctx.scope,
        metric["Namespace"],
        metric["MetricName"],
        dimensions_key(metric.get("Dimensions", [])),
        int(start // period * period),
        math.ceil(end),
    )
    buckets: dict[tuple[int, str], Bucket] = {}
    for at, its_unit, *sample in rows:
        if unit is None or unit == its_unit:
            buckets.setdefault((int(at // period * period), its_unit), Bucket()).add(*sample)
    return buckets


@cloudwatch.operation
def get_metric_data(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Several metrics at once. Expressions are refused: we have no metric math."""
    if params["StartTime"] >= params["EndTime"]:
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    queries = params["MetricDataQueries"]
    ids = [query["Id"] for query in queries]
    if len(ids) != len(set(ids)):
        raise AwsError("ValidationError", "The values for parameter id in MetricDataQueries are not unique.")
    limit = params.get("MaxDatapoints", _MOST_DATA)
    skip = int(read_token(ctx, params["NextToken"])) if params.get("NextToken") else 0
    descending = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = [_series(ctx, query, params, descending) for query in queries if query.get("ReturnData", True)]
    more = any(len(result["Timestamps"]) > skip + limit for result in results)
    for result in results:
        for member in ("Timestamps", "Values"):
            result[member] = result[member][skip : skip + limit]
        result["StatusCode"] = "PartialData" if more else "Complete"
    return {"MetricDataResults": results, "Messages": []} | (
        {"NextToken": sign_token(ctx, skip + limit)} if more else {}
    )


def _series(
    ctx: Context, query: Mapping[str, Any], params: Mapping[str, Any], descending: bool
) -> dict[str, Any]:
    if "MetricStat" not in query:
        raise AwsError(
            "ValidationError", f"Clary does not implement metric math: Expression of {query['Id']}."
        )
    stat = query["MetricStat"]
    metric = stat["Metric"]
    buckets = _buckets(ctx, metric, params["StartTime"], params["EndTime"], stat["Period"], stat.get("Unit"))
    merged: dict[int, float] = {}
    for (at, _), bucket in buckets.items():
        value = bucket.statistic(stat["Stat"])
        if value is not None:
            merged[at] = value
    times = sorted(merged, reverse=descending)
    label = query.get("Label") or metric["MetricName"]
    return {"Id": query["Id"], "Label": label, "Timestamps": times, "Values": [merged[at] for at in times]}
