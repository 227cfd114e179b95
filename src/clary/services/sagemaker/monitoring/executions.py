"""Monitoring executions: the processing jobs that schedules start, and what they found.

An execution is a processing job whose variables name its schedule; nothing else is stored about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from clary.plane import Context, Query, Record
from clary.plane.paging import read_token, sign_token
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Condition, Tx

MARK = "sagemaker_monitoring_schedule_name"
"""The variable of the analyser's contract by which a processing job is known as an execution."""
PREFIX = "model-monitoring-"
_AT_ONCE = 500  # jobs that are read with one query


def of(tx: Tx, scope: str, schedule_name: str | None = None) -> Iterator[Record]:
    """Yield the executions of a schedule, or of all schedules of a scope: the latest first."""
    where: list[Condition] = [("id", "contains", PREFIX)]
    if schedule_name:
        where.append((f"doc.spec.Environment.{MARK}", "=", schedule_name))
    query = Query(where=where, order="created", descending=True, limit=_AT_ONCE)
    while found := tx.list(sagemaker.kind("ProcessingJob"), scope, query):
        for job in found:
            if job.id.startswith(PREFIX) and MARK in job.spec.get("Environment", {}):
                yield job
        query = replace(query, after=(found[-1].created, found[-1].id))


def status_of(job: Record) -> str:
    """Return MonitoringExecutionStatus, from the job's own status and exit message."""
    if job.status == "Completed":
        violated = job.observed.get("ExitMessage", "").startswith("CompletedWithViolations")
        return "CompletedWithViolations" if violated else "Completed"
    return job.status


def _scheduled(job: Record) -> float:
    """Return the minute for which an execution was started (epoch seconds), which is in its name."""
    try:
        return datetime.strptime(job.id.split("-")[2], "%Y%m%d%H%M").replace(tzinfo=UTC).timestamp()
    except ValueError:  # a user's own job, with the variable of a schedule
        return job.created


def summary(job: Record, owner: Record | None = None) -> dict[str, Any]:
    """Return the MonitoringExecutionSummary of a job; `owner` is its schedule, if there still is one."""
    variables = job.spec.get("Environment", {})
    shown: dict[str, Any] = {
        "MonitoringScheduleName": variables[MARK],
        "ScheduledTime": _scheduled(job),
        "CreationTime": job.created,
        "LastModifiedTime": job.modified,
        "MonitoringExecutionStatus": status_of(job),
        "ProcessingJobArn": job.arn,
        "EndpointName": variables.get("sagemaker_endpoint_name"),
        "FailureReason": job.observed.get("FailureReason"),
        "MonitoringType": "DataQuality",
    }
    if owner:
        shown["MonitoringJobDefinitionName"] = owner.observed.get("MonitoringJobDefinitionName")
    return shown


def matching(ctx: Context, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the summaries that ListMonitoringExecutions asks for, filtered and sorted."""
    jobs = list(of(ctx.tx, ctx.scope, params.get("MonitoringScheduleName")))
    names = {job.spec["Environment"][MARK] for job in jobs}
    owners = {name: ctx.tx.get(sagemaker.kind("MonitoringSchedule"), ctx.scope, name) for name in names}
    found = [summary(job, owners[job.spec["Environment"][MARK]]) for job in jobs]
    tests = {
        "EndpointName": lambda s, v: s["EndpointName"] == v,
        "MonitoringJobDefinitionName": lambda s, v: s.get("MonitoringJobDefinitionName") == v,
        "StatusEquals": lambda s, v: s["MonitoringExecutionStatus"] == v,
        "MonitoringTypeEquals": lambda s, v: s["MonitoringType"] == v,
        "ScheduledTimeBefore": lambda s, v: s["ScheduledTime"] < v,
        "ScheduledTimeAfter": lambda s, v: s["ScheduledTime"] > v,
        "CreationTimeBefore": lambda s, v: s["CreationTime"] < v,
        "CreationTimeAfter": lambda s, v: s["CreationTime"] > v,
        "LastModifiedTimeBefore": lambda s, v: s["LastModifiedTime"] < v,
        "LastModifiedTimeAfter": lambda s, v: s["LastModifiedTime"] > v,
    }
    for member, test in tests.items():
        if member in params:
            found = [entry for entry in found if test(entry, params[member])]
    order = {"Status": "MonitoringExecutionStatus", "ScheduledTime": "ScheduledTime"}.get(
        params.get("SortBy", "CreationTime"), "CreationTime"
    )
    return sorted(
        found, key=lambda entry: entry[order], reverse=params.get("SortOrder", "Descending") == "Descending"
    )


@sagemaker.operation(lane="heavy_read")
def list_monitoring_executions(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Return a page of the executions of one schedule, or of all schedules."""
    found = matching(ctx, params)
    start = int(read_token(ctx, params["NextToken"])) if params.get("NextToken") else 0
    end = start + int(params.get("MaxResults") or sagemaker.dialect.page)
    out: dict[str, Any] = {"MonitoringExecutionSummaries": found[start:end]}
    return out | ({"NextToken": sign_token(ctx, end)} if end < len(found) else {})
