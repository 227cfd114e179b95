"""Validation of PutMetricAlarm: requests that are invalid, and features that Clary does not have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented
from clary.plane.reserved_tags import refuse_reserved
from clary.services.cloudwatch import metric_queries
from clary.services.cloudwatch.errors import invalid_value, validation_error
from clary.services.cloudwatch.period_statistics import statistic
from clary.wire.decimals import decimal
from clary.wire.parameters import too_many

Params = Mapping[str, Any]

_DAY = 86400
_WEEK = 7 * _DAY
_ABSENT = (
    "ThresholdMetricId",
    "EvaluationWindow",
    "WarmUpConfiguration",
    "EvaluationCriteria",
    "EvaluationInterval",
    "ActionConfiguration",
)
# Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
_MOST_METRICS = 10
_MOST_TAGS = 50
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
_BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
_TREATMENTS = ("breaching", "notBreaching", "ignore", "missing")


def check(params: Params) -> None:
    """Raise ValidationError if the request is invalid, NotImplemented if Clary lacks what it asks for."""
    _reject_absent_members(params)
    if "Metrics" in params:
        _check_metrics(params)
    else:
        _check_metric(params)
    for member in ("Threshold", "ComparisonOperator", "EvaluationPeriods"):
        if params.get(member) is None:
            raise validation_error(f"The parameter {member} is required.")
    if not math.isfinite(params["Threshold"]):
        raise validation_error(
            f"The value {decimal(params['Threshold'])} for parameter Threshold is invalid."
        )
    if params.get("DatapointsToAlarm", 1) > params["EvaluationPeriods"]:
        raise validation_error("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    if params.get("TreatMissingData", "missing") not in _TREATMENTS:
        raise validation_error(f"Unsupported treat missing data value: {params['TreatMissingData']}")
    _check_span(period_of(params) * params["EvaluationPeriods"], period_of(params))
    check_tags(params.get("Tags", []), {})


def check_tags(tags: Iterable[Mapping[str, str]], held: Mapping[str, str]) -> None:
    """Raise InvalidParameterValue for keys that AWS reserves, or for too many tags together with those in
    `held`.

    "You can associate as many as 50 tags" (API reference, TagResource).
    """
    keys = {tag["Key"] for tag in tags}
    refuse_reserved(keys, "InvalidParameterValue")
    if len(keys | held.keys()) > _MOST_TAGS:
        raise invalid_value(too_many("Tags", _MOST_TAGS))


def _reject_absent_members(params: Params) -> None:
    absent = [member for member in _ABSENT if params.get(member) is not None]
    absent += [member for member in _ACTIONS if params.get(member)]  # alarm actions are not carried out
    if params.get("EvaluateLowSampleCountPercentile", "evaluate") != "evaluate":
        absent.append("EvaluateLowSampleCountPercentile")
    if params.get("ComparisonOperator") in _BANDS:
        absent.append(params["ComparisonOperator"])
    if absent:
        raise not_implemented("cloudwatch", f"PutMetricAlarm with {', '.join(absent)}")


def _check_metric(params: Params) -> None:
    for member in ("MetricName", "Namespace", "Period"):
        if params.get(member) is None:
            raise validation_error(f"{member} must not be null")
    names = [params[member] for member in ("Statistic", "ExtendedStatistic") if params.get(member)]
    if len(names) != 1:
        raise validation_error("Exactly one of Statistic and ExtendedStatistic must be specified.")
    if statistic(names[0]) is None:
        raise validation_error(f"The value {names[0]} for parameter ExtendedStatistic is not supported.")
    _check_period(params["Period"])


def _check_metrics(params: Params) -> None:
    mixed = [
        m
        for m in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions")
        if m in params
    ]
    if mixed:
        raise validation_error(f"{mixed[0]} should not be set if list of Metrics is set.")
    metrics = params["Metrics"]
    try:
        metric_queries.check(metrics)
    except AwsError:
        raise validation_error("Invalid metrics list") from None
    if sum(query.get("ReturnData", True) for query in metrics) != 1:
        raise validation_error("Exactly one element of the metrics list should return data.")
    if sum("MetricStat" in query for query in metrics) > _MOST_METRICS:
        raise validation_error(f"An alarm based on metric math can have up to {_MOST_METRICS} metrics.")
    periods = {query["MetricStat"]["Period"] for query in metrics if "MetricStat" in query}
    if len(periods) != 1:
        raise validation_error("All metrics of an alarm must have the same period.")
    _check_period(periods.pop())


def _check_period(period: int) -> None:
    if period not in (10, 20, 30) and period % 60:
        raise validation_error("Period must be 10, 20, 30 or a multiple of 60.")


def _check_span(span: int, period: int) -> None:
    """Raise if the evaluated time exceeds a day (periods below an hour) or a week (API reference, Period)."""
    if span > (_DAY if period < 3600 else _WEEK):
        words = "a day" if period < 3600 else "seven days"
        limit = _DAY if period < 3600 else _WEEK
        raise validation_error(
            f"Metrics cannot be checked across more than {words} (EvaluationPeriods * Period must be <= {limit})."
        )


def period_of(params: Params) -> int:
    """Return the period of an alarm in seconds, on a metric or on an expression."""
    if "Metrics" in params:
        return next(query["MetricStat"]["Period"] for query in params["Metrics"] if "MetricStat" in query)
    return params["Period"]
