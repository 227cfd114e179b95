"""PutMetricData: store values, value arrays and statistic sets, one row per datum."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from clary.plane import Context
from clary.services.cloudwatch.errors import (
    both_given,
    invalid_combination,
    invalid_value,
    missing,
)
from clary.services.cloudwatch.metrics import dimensions_key, record_metric
from clary.services.cloudwatch.service import cloudwatch
from clary.wire.decimals import decimal
from clary.wire.parameters import not_in_set, required, too_many

_PAST = 14 * 86400.0
_FUTURE = 2 * 3600.0
_RETENTION = 455 * 86400
_LARGEST, _SMALLEST = 2.0**360, 2.0**-360
_RESOLUTIONS = (1, 60)
_MOST_DATA = 1000
_MOST_VALUES = 150

Datum = Mapping[str, Any]
Sample = tuple[float, float, float, float, str | None]
"""Sample count, sum, minimum, maximum, and [values, counts] as JSON (for percentiles) or None."""


@cloudwatch.operation
def put_metric_data(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Store the data; delete points older than 455 days.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html.
    """
    namespace = params["Namespace"]
    _check(ctx, namespace, params)
    points = [_point(ctx, position, datum) for position, datum in enumerate(params["MetricData"], 1)]
    numbers = {key: record_metric(ctx, namespace, *key) for key in dict.fromkeys(key for key, _ in points)}
    ctx.tx.sql_many(
        "INSERT INTO cloudwatch_point (metric, at, unit, samples, total, low, high, counted) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(numbers[key], *point) for key, point in points],
    )
    _forget(ctx, numbers.values())
    return {}


def _point(ctx: Context, position: int, datum: Datum) -> tuple[tuple[str, str], tuple[Any, ...]]:
    """Return (name, dimensions) of a datum's metric, and the datum's row without the metric's number."""
    where = f"MetricData.member.{position}"
    _check_dimensions(where, datum.get("Dimensions", []))
    key = datum["MetricName"], dimensions_key(datum.get("Dimensions", []))
    return key, (_time(ctx, where, datum), datum.get("Unit", "None"), *_sample(where, datum))


def _check(ctx: Context, namespace: str, params: Mapping[str, Any]) -> None:
    if namespace.startswith("AWS/") and not ctx.caller.service:
        raise invalid_value("The value AWS/ for parameter Namespace is invalid.")
    if params.get("EntityMetricData"):
        raise invalid_value("Clary does not implement EntityMetricData.")
    if not params.get("MetricData"):
        raise missing(required("MetricData"))
    if len(params["MetricData"]) > _MOST_DATA:
        raise invalid_value(too_many("MetricData", _MOST_DATA))


def _forget(ctx: Context, numbers: Iterable[int]) -> None:
    oldest = int(ctx.business.ago(_RETENTION))
    ctx.tx.sql_many(
        "DELETE FROM cloudwatch_point WHERE metric = ? AND at < ?", [(number, oldest) for number in numbers]
    )


def _time(ctx: Context, where: str, datum: Datum) -> int:
    """Return the time to store: the second of the datum or, at regular resolution, its minute.

    If business time was moved within that minute and the datum came later, return the time of the move:
    otherwise alarms would take the datum for much older.
    """
    at = float(datum.get("Timestamp", ctx.now))
    if not ctx.now - _PAST <= at <= ctx.now + _FUTURE:
        raise invalid_value(
            f"The parameter {where}.Timestamp must specify a time no more than two weeks in the past and no more than "
            "two hours in the future."
        )
    resolution = datum.get("StorageResolution", 60)
    if resolution not in _RESOLUTIONS:
        raise invalid_value(not_in_set(f"{where}.StorageResolution", _RESOLUTIONS))
    return max(int(at // resolution * resolution), math.ceil(ctx.business.timeline.moved_before(at)))


def _sample(where: str, datum: Datum) -> Sample:
    given = [
        member for member in ("Value", "Values", "StatisticValues") if datum.get(member) not in (None, [])
    ]
    if len(given) > 1:
        raise invalid_combination(both_given(f"{where}.{given[0]}", f"{where}.{given[1]}"))
    if not given:
        names = f"{where}.Value, {where}.Values or {where}.StatisticValues"
        raise missing(f"At least one of the parameters {names} must be specified.")
    if given == ["StatisticValues"]:
        return _statistic_set(where, datum["StatisticValues"])
    if given == ["Value"]:
        return _values(where, [datum["Value"]], [1.0])
    return _values(where, datum["Values"], datum.get("Counts") or [1.0] * len(datum["Values"]))


def _statistic_set(where: str, given: Mapping[str, float]) -> Sample:
    for name in ("SampleCount", "Sum", "Minimum", "Maximum"):
        _check_numbers(f"{where}.StatisticValues.{name}", [given[name]])
    if given["SampleCount"] <= 0:
        bound = "must be greater than 0." if given["SampleCount"] else "must not equal 0."
        raise invalid_value(f"The parameter {where}.StatisticValues.SampleCount {bound}")
    if given["Minimum"] > given["Maximum"]:
        names = f"{where}.StatisticValues.Maximum must be greater than {where}.StatisticValues.Minimum"
        raise invalid_value(f"The parameter {names}.")
    return given["SampleCount"], given["Sum"], given["Minimum"], given["Maximum"], None


def _values(where: str, values: Sequence[float], counts: Sequence[float]) -> Sample:
    for member, given in (("Values", values), ("Counts", counts)):
        if len(given) > _MOST_VALUES:
            raise invalid_value(too_many(f"{where}.{member}", _MOST_VALUES))
    if len(counts) != len(values):
        raise invalid_value(f"The parameters {where}.Values and {where}.Counts must be of the same size.")
    _check_numbers(f"{where}.Value", values)
    _check_numbers(f"{where}.Counts", counts)
    if any(count <= 0 for count in counts):
        raise invalid_value(f"The parameter {where}.Counts must hold numbers above 0.")
    total = math.fsum(value * count for value, count in zip(values, counts, strict=True))
    return math.fsum(counts), total, min(values), max(values), orjson.dumps([values, counts]).decode()


def _check_dimensions(where: str, dimensions: Sequence[Mapping[str, str]]) -> None:
    """Raise if a dimension is invalid or comes twice; for the message see
    jdamick/dropwizard-metrics-cloudwatch#3."""
    for place, dimension in enumerate(dimensions, 1):
        for member, text in dimension.items():
            _check_text(f"{where}.Dimensions.member.{place}.{member}", text)
    if len({dimension["Name"] for dimension in dimensions}) < len(dimensions):
        raise invalid_value("No metric may specify the same dimension name twice.")


def _check_text(where: str, text: str) -> None:
    """Raise unless the text may be a name or a value of a dimension (API reference, Dimension).

    The messages are as users report them (awslabs/amazon-kinesis-producer#594: blank;
    buildkite/buildkite-agent-metrics#32: not ASCII).
    """
    if not text.strip():
        raise missing(required(where))
    if where.endswith(".Name") and text.startswith(":"):
        raise invalid_value(f"The value {text} for parameter {where} is invalid.")
    if not text.isascii():
        raise invalid_value(f"The value for parameter {where} contains non-ASCII characters.")
    if not text.isprintable():
        raise invalid_value(f"The value for parameter {where} contains ASCII control characters.")


def _check_numbers(where: str, values: Iterable[float]) -> None:
    """Raise for numbers that are too large or too small (API reference, MetricDatum).

    The bounds, powers of 2 from -360 to 360, were found by experiment in Netflix's servo.
    """
    for value in values:
        if not (value == 0 or _SMALLEST <= abs(value) <= _LARGEST):
            raise invalid_value(f"The value {decimal(value)} for parameter {where} is invalid.")
