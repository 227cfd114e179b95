"""GetMetricStatistics: the statistics of one metric, period by period."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from clary.plane import Context
from clary.services.cloudwatch.errors import (
    START_BEFORE_END,
    both_given,
    invalid_combination,
    invalid_value,
    missing,
)
from clary.services.cloudwatch.period_statistics import (
    SHORT_PERIODS,
    Bucket,
    Statistic,
    Window,
    read,
    statistic,
)
from clary.services.cloudwatch.service import cloudwatch
from clary.services.cloudwatch.work_limit import WorkLimit

_MOST_POINTS = 1440
_DAY = 86400


@cloudwatch.operation(lane="heavy_read")
def get_metric_statistics(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Return statistics for periods from StartTime, rounded down, to EndTime.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html.
    """
    _check(params)
    start, end, period = params["StartTime"], params["EndTime"], params["Period"]
    plain = _statistics("Statistics", params)
    extended = _statistics("ExtendedStatistics", params)
    window = Window(rounded(start, period, ctx.business.age(start)), math.ceil(end), period).within_retention(
        ctx.business
    )
    spend = WorkLimit(refuse=invalid_combination).spend
    buckets = read(
        ctx.tx, ctx.scope, params, window, params.get("Unit"), every_value=bool(extended), spend=spend
    )
    points = [_point(at, unit, bucket, plain, extended) for (at, unit), bucket in buckets.items()]
    return {"Label": params["MetricName"], "Datapoints": points}


def _point(
    at: int, unit: str, bucket: Bucket, plain: Mapping[str, Statistic], extended: Mapping[str, Statistic]
) -> dict[str, Any]:
    point = {"Timestamp": at, "Unit": unit} | {name: value(bucket) for name, value in plain.items()}
    known = {name: found for name, value in extended.items() if (found := value(bucket)) is not None}
    return point | ({"ExtendedStatistics": known} if known else {})


def _statistics(member: str, params: Mapping[str, Any]) -> dict[str, Statistic]:
    found: dict[str, Statistic] = {}
    for position, name in enumerate(params.get(member, []), 1):
        known = statistic(name)
        if known is None:
            where = f"{member}.member.{position}"
            raise invalid_value(f"The value {name} for parameter {where} is not a valid statistic.")
        found[name] = known
    return found


def rounded(start: float, period: int, age: float) -> int:
    """Return a start time, `age` seconds ago, as CloudWatch rounds it down.

    It rounds to the period if that is below a minute, else to a minute; to five minutes after 15 days, and to
    an hour after 63 days (API reference, StartTime).
    """
    step = period if period in SHORT_PERIODS else 60 if age < 15 * _DAY else 300 if age < 63 * _DAY else 3600
    return int(start // step * step)


def _check(params: Mapping[str, Any]) -> None:
    if not params.get("Statistics") and not params.get("ExtendedStatistics"):
        raise missing("Must specify either Statistics or ExtendedStatistics.")
    if params.get("Statistics") and params.get("ExtendedStatistics"):
        raise invalid_combination(both_given("Statistics", "ExtendedStatistics"))
    start, end, period = params["StartTime"], params["EndTime"], params["Period"]
    if period not in SHORT_PERIODS and period % 60:
        raise invalid_value("The parameter Period must be a multiple of 60.")
    if start >= end:
        raise invalid_value(START_BEFORE_END)
    wanted = math.ceil((end - start) / period)
    if wanted > _MOST_POINTS:
        raise invalid_combination(
            f"You have requested up to {wanted} datapoints, which exceeds the limit of {_MOST_POINTS}. You may reduce "
            "the datapoints requested by increasing Period, or decreasing the time range."
        )
