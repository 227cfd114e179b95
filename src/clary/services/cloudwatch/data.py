"""PutMetricData: values, value arrays and statistic sets become rows, one a datum."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.cloudwatch.service import cloudwatch

_PAST = 14 * 86400.0
_FUTURE = 2 * 3600.0
_LARGEST = 2.0**360
_MOST_DIMENSIONS = 30


@cloudwatch.operation
def put_metric_data(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Store the data
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html)."""
    namespace = params["Namespace"]
    if not ctx.caller.service and namespace.startswith("AWS/"):
        raise AwsError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
    if not params.get("MetricData") and not params.get("EntityMetricData"):
        raise AwsError("MissingParameter", "The parameter MetricData is required.")
    if params.get("EntityMetricData"):
        raise AwsError("InvalidParameterValue", "Clary does not implement EntityMetricData.")
    rows = [_row(ctx, namespace, number, datum) for number, datum in enumerate(params["MetricData"], 1)]
    ctx.tx.sql_many(
        "insert into cloudwatch_point (scope, namespace, name, dimensions, at, unit, samples, total, low, high, counted) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    ctx.tx.sql_many(
        "insert into cloudwatch_metric (scope, namespace, name, dimensions, updated) values (?, ?, ?, ?, ?) "
        "on conflict (scope, namespace, name, dimensions) do update set updated = excluded.updated",
        list({row[:4]: (*row[:4], int(ctx.now)) for row in rows}.values()),
    )
    return {}


def _row(ctx: Context, namespace: str, number: int, datum: Mapping[str, Any]) -> tuple[Any, ...]:
    where = f"MetricData.member.{number}"
    at = float(datum.get("Timestamp", ctx.now))
    if not ctx.now - _PAST <= at <= ctx.now + _FUTURE:
        raise AwsError(
            "InvalidParameterValue",
            f"The parameter {where}.Timestamp must specify a time no more than two weeks in the past and no more than "
            "two hours in the future.",
        )
    samples, total, low, high, counted = _sample(where, datum)
    return (
        ctx.scope,
        namespace,
        datum["MetricName"],
        dimensions_key(datum.get("Dimensions", [])),
        int(at),
        datum.get("Unit", "None"),
        samples,
        total,
        low,
        high,
        counted,
    )


def _sample(where: str, datum: Mapping[str, Any]) -> tuple[float, float, float, float, str | None]:
    """Sample count, sum, minimum, maximum, and the single values with their counts (for percentiles)."""
    given = [member for member in ("Value", "Values", "StatisticValues") if member in datum]
    if len(given) > 1:
        message = f"The parameters {where}.{given[0]} and {where}.{given[1]} are mutually exclusive and you have specified both."
        raise AwsError("InvalidParameterCombination", message)
    if not given:
        message = f"At least one of the parameters {where}.Value, {where}.Values or {where}.StatisticValues must be specified."
        raise AwsError("MissingParameter", message)
    if given == ["StatisticValues"]:
        entry = datum["StatisticValues"]
        _check(where, [entry["Sum"], entry["Minimum"], entry["Maximum"]])
        return entry["SampleCount"], entry["Sum"], entry["Minimum"], entry["Maximum"], None
    values = [datum["Value"]] if given == ["Value"] else datum["Values"]
    counts = datum.get("Counts", [1.0] * len(values)) if given == ["Values"] else [1.0]
    if len(counts) != len(values):
        message = f"The parameters {where}.Values and {where}.Counts must be of the same size."
        raise AwsError("InvalidParameterValue", message)
    _check(where, values)
    total = sum(value * count for value, count in zip(values, counts, strict=True))
    pairs = orjson.dumps([values, counts]).decode()
    return float(sum(counts)), total, min(values), max(values), pairs


def _check(where: str, values: Iterable[float]) -> None:
    for value in values:
        if math.isnan(value) or math.isinf(value) or abs(value) > _LARGEST:
            raise AwsError(
                "InvalidParameterValue", f"The value {value} for parameter {where}.Value is invalid."
            )


def dimensions_key(dimensions: Sequence[Mapping[str, str]]) -> str:
    """Dimensions as text, the same in whatever order they were given."""
    if len(dimensions) > _MOST_DIMENSIONS:
        message = f"The collection Dimensions must not have a size greater than {_MOST_DIMENSIONS}."
        raise AwsError("InvalidParameterValue", message)
    return orjson.dumps(sorted([d["Name"], d["Value"]] for d in dimensions)).decode()


def dimensions_of(key: str) -> list[dict[str, str]]:
    """The reverse of dimensions_key."""
    return [{"Name": name, "Value": value} for name, value in orjson.loads(key)]
