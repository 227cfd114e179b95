"""Alarms and their history as lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clary.plane import Context, Query, Record
from clary.plane.paging import sign_token
from clary.services.cloudwatch.alarms.noun import ALARM, history
from clary.services.cloudwatch.metrics import dimensions_key, place_in
from clary.services.cloudwatch.refusals import both_given, validation_error
from clary.services.cloudwatch.service import cloudwatch

_PAGE = 50
_HISTORY_PAGE = 100

Params = dict[str, Any]


@cloudwatch.operation(on="alarm:*")
def describe_alarms(ctx: Context, params: Params) -> Params:
    """By name, prefix or state, in the order of names
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html)."""
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
    """One more than `limit`, where there are so many."""
    others = ("ChildrenOfAlarmName", "ParentsOfAlarmName", "ActionPrefix")  # no composite alarms, no actions
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
        where.append(("id", ">", place_in(ctx, params["NextToken"])))
    return ctx.tx.list(ALARM.kind, ctx.scope, Query(where=where, order="id", limit=limit + 1))


@cloudwatch.operation(on="alarm:*", lane="heavy_read")
def describe_alarms_for_metric(ctx: Context, params: Params) -> Params:
    """Those that watch just this metric, by themselves."""
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
    """Of one alarm or of all that there are, the newest first unless told otherwise."""
    found = [entry for entry in _entries(ctx, params) if _wanted(entry, params)]
    down = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    found.sort(key=lambda entry: entry["Timestamp"], reverse=down)
    start = place_in(ctx, params["NextToken"]) if params.get("NextToken") else 0
    end = start + params.get("MaxRecords", _HISTORY_PAGE)
    more = {"NextToken": sign_token(ctx, end)} if end < len(found) else {}
    return {"AlarmHistoryItems": found[start:end], **more}


def _entries(ctx: Context, params: Params) -> list[Params]:
    """Entries from the oldest to the newest, alarm by alarm."""
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
