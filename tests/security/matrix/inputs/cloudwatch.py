"""CloudWatch: metrics and alarms."""

from __future__ import annotations

from typing import Any

from tests.conftest import ACCOUNT
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World

_METRIC = {"Namespace": "Own", "MetricName": "requests"}


def prepare(w: World) -> None:
    point = {"MetricName": "requests", "Value": 1.0, "Dimensions": [{"Name": "note", "Value": MARKER}]}
    w.client("cloudwatch").put_metric_data(Namespace="Own", MetricData=[point])


def _definition(name: str, **more: Any) -> Params:
    return {
        "AlarmName": name,
        **_METRIC,
        "Period": 60,
        "Statistic": "Sum",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 30.0,
        **more,
    }


def alarm(w: World) -> str:
    name = w.fresh("alarm")
    tags = [{"Key": "note", "Value": MARKER}]
    w.client("cloudwatch").put_metric_alarm(**_definition(name, AlarmDescription=MARKER, Tags=tags))
    return name


def _the_alarm(w: World) -> str:
    return w.once("alarm", alarm)


def _arn(name: str) -> str:
    return f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}"


def _times(w: World) -> Params:
    return {"StartTime": w.clock.now() - 3600, "EndTime": w.clock.now()}


def _query(w: World) -> Params:
    stat = {"Metric": _METRIC, "Period": 60, "Stat": "Sum"}
    return {"MetricDataQueries": [{"Id": "q", "MetricStat": stat}], **_times(w)}


def _statistics(w: World) -> Params:
    return {**_METRIC, "Period": 60, "Statistics": ["Sum"], **_times(w)}


def _state(w: World) -> Params:
    return {"AlarmName": _the_alarm(w), "StateValue": "OK", "StateReason": "seen"}


_POINT = {"Namespace": "Own", "MetricData": [{"MetricName": "put", "Value": 2.0}]}

CASES = {
    # A list of alarms of which some are not there is no error: API_DeleteAlarms, "any that don't exist" are ignored.
    "DeleteAlarms": Case(lambda w: {"AlarmNames": [alarm(w)]}, Outcome.MISSING),
    "DescribeAlarmHistory": Case(lambda w: {"AlarmName": _the_alarm(w)}, Outcome.OWN),
    "DescribeAlarms": Case(lambda w: {"AlarmNames": [_the_alarm(w)]}, Outcome.OWN),
    "DescribeAlarmsForMetric": Case(lambda w: _METRIC, Outcome.OWN),
    "DisableAlarmActions": Case(lambda w: {"AlarmNames": [_the_alarm(w)]}, Outcome.OWN),
    "EnableAlarmActions": Case(lambda w: {"AlarmNames": [_the_alarm(w)]}, Outcome.OWN),
    "GetMetricData": Case(_query, Outcome.OWN),
    "GetMetricStatistics": Case(_statistics, Outcome.OWN),
    "ListMetrics": Case(lambda w: {"Namespace": "Own"}, Outcome.OWN),
    "ListTagsForResource": Case(lambda w: {"ResourceARN": _arn(_the_alarm(w))}, Outcome.OWN),
    "PutMetricAlarm": Case(lambda w: _definition(w.fresh("alarm")), Outcome.OWN),
    "PutMetricData": Case(lambda w: _POINT, Outcome.OWN),
    "SetAlarmState": Case(_state, Outcome.MISSING),
    "TagResource": Case(
        lambda w: {"ResourceARN": _arn(_the_alarm(w)), "Tags": [{"Key": "a", "Value": "b"}]}, Outcome.MISSING
    ),
    "UntagResource": Case(lambda w: {"ResourceARN": _arn(alarm(w)), "TagKeys": ["note"]}, Outcome.MISSING),
}
