"""DescribeAlarms, DescribeAlarmsForMetric and DescribeAlarmHistory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clary.plane import Context, Query, Record
from clary.plane.paging import sign_token
from clary.services.cloudwatch.alarms.noun import ALARM, history
from clary.services.cloudwatch.errors import both_given, validation_error
from clary.services.cloudwatch.metrics import dimensions_key, read_position
from clary.services.cloudwatch.service import cloudwatch

_PAGE = 50
_HISTORY_PAGE = 100

Params = dict[str, Any]


@cloudwatch.operation(on="alarm:*")
def describe_alarms(ctx: Context, params: Params) -> Params:
    """List alarms by name, prefix or state, ordered by name.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html.
    """
    if params.get("AlarmNames") and params.get("AlarmNamePrefix"):
        raise validation_error(both_given("AlarmNames", "AlarmNamePrefix"))
    limit = params.get("MaxRecords", _PAGE)
    found = _alarms(ctx, params, limit)
    answer: Params = {
        "MetricAlarms": [ALARM.describe(record) for record in found[:limit]],
        "CompositeAlarms": [],
        "LogAlarms": [],
    }
    if len(found) > limit:
        answer["NextToken"] = sign_token(ctx, found[limit - 1].id)
    return answer


def _alarms(ctx: Context, params: Params, limit: int) -> list[Record]:
    """Return up to `limit` alarms and one more, if there are more."""
    others = (
        "ChildrenOfAlarmName",
        "ParentsOfAlarmName",
        "ActionPrefix",
    )  # Clary has no composite alarms and no alarm actions
    if "MetricAlarm" not in params.get("AlarmTypes", ["MetricAlarm"]) or any(params.get(o) for o in others):
        return []
    where: list[tuple[str, str, Any]] = []
    if params.get("AlarmNames"):
        where.append(("id", "in", params["AlarmNames"]))
    if prefix := params.get("AlarmNamePrefix"):
        where += [("id", ">=", prefix), ("id", "<", prefix + "\U0010ffff")]
    if params.get("StateValue"):
        where.append(("status", "=", params["StateValue"]))
    if params.get("NextToken"):
        where.append(("id", ">", read_position(ctx, params["NextToken"])))
    return ctx.tx.list(ALARM.kind, ctx.scope, Query(where=where, order="id", limit=limit + 1))


@cloudwatch.operation(on="alarm:*", lane="heavy_read")
def describe_alarms_for_metric(ctx: Context, params: Params) -> Params:
    """List the alarms on exactly this metric; alarms on expressions are left out."""
    where = [
        ("doc.spec.MetricName", "=", params["MetricName"]),
        ("doc.spec.Namespace", "=", params["Namespace"]),
    ]
    found = ctx.tx.list(ALARM.kind, ctx.scope, Query(where=where, order="id", limit=10_000))
    return {"MetricAlarms": [ALARM.describe(record) for record in found if _watches(record, params)]}


def _watches(record: Record, params: Params) -> bool:
    if dimensions_key(record.spec["Dimensions"]) != dimensions_key(params.get("Dimensions", [])):
        return False
    members = ("Statistic", "ExtendedStatistic", "Period", "Unit")
    return all(record.spec.get(member) == params[member] for member in members if member in params)


@cloudwatch.operation(on="alarm:*", lane="heavy_read")
def describe_alarm_history(ctx: Context, params: Params) -> Params:
    """List history entries of one alarm or of all existing ones, by default the newest first."""
    found = [entry for entry in _entries(ctx, params) if _wanted(entry, params)]
    down = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    found.sort(key=lambda entry: entry["Timestamp"], reverse=down)
    start = read_position(ctx, params["NextToken"]) if params.get("NextToken") else 0
    end = start + params.get("MaxRecords", _HISTORY_PAGE)
    more = {"NextToken": sign_token(ctx, end)} if end < len(found) else {}
    return {"AlarmHistoryItems": found[start:end], **more}


def _entries(ctx: Context, params: Params) -> list[Params]:
    """Return the entries alarm by alarm, each from the oldest to the newest."""
    name = params.get("AlarmName")
    where = [("id", "=", name)] if name else []
    records: Sequence[Record] = ctx.tx.list(
        ALARM.kind, ctx.scope, Query(where=where, order="id", limit=10_000)
    )
    return [entry.shown(record.id) for record in records for entry in history(record)]


def _wanted(entry: Params, params: Params) -> bool:
    kind = params.get("HistoryItemType")
    types = params.get("AlarmTypes", ["MetricAlarm"])
    after, before = params.get("StartDate", 0.0), params.get("EndDate", float("inf"))
    return (
        (kind is None or entry["HistoryItemType"] == kind)
        and after <= entry["Timestamp"] <= before
        and "MetricAlarm" in types
    )
