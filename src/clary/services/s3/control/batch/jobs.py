"""DescribeJob and ListJobs (API reference of S3 Control)."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Record
from clary.plane.paging import read_token, sign_token
from clary.services.s3.control.batch import errors, rows
from clary.services.s3.control.batch.noun import ACTIVE, JOB, arn_meant, operation_of, own_job
from clary.services.s3.control.service import control, own_account
from clary.store.api import Query

Params = dict[str, Any]

_MOST = 1000


@control.operation(on=arn_meant)
def describe_job(ctx: Context, params: Params) -> Params:
    job = own_job(ctx, params)
    shown = {**job.spec, **job.observed, **_summary(ctx, job), "JobArn": job.arn}
    return {"Job": {**shown, "Operation": job.spec["Operation"]}}


@control.operation()
def list_jobs(ctx: Context, params: Params) -> Params:
    """Return a page of the account's jobs in this Region, the newest first."""
    own_account(ctx, params)
    limit, wanted = params.get("MaxResults", _MOST), params.get("JobStatuses")
    where = [("status", "in", wanted)] if wanted else []
    after = _position(ctx, params["NextToken"]) if params.get("NextToken") else None
    query = Query(where, "created", True, after, limit + 1)
    found = ctx.tx.list(JOB.kind, ctx.scope, query)
    out: Params = {"Jobs": [_summary(ctx, job) for job in found[:limit]]}
    if len(found) > limit > 0:
        last = found[limit - 1]
        out["NextToken"] = sign_token(ctx, [last.created, last.id])
    return out


def _position(ctx: Context, token: str) -> tuple[float, str]:
    try:
        created, id = read_token(ctx, token)
    except AwsError:
        raise errors.bad_token() from None
    return created, id


def _summary(ctx: Context, job: Record) -> Params:
    """Return what both operations show."""
    kept = {name: job.spec[name] for name in ("Description", "Priority") if name in job.spec}
    ended = {name: job.observed[name] for name in ("TerminationDate",) if name in job.observed}
    return {
        **kept,
        **ended,
        "JobId": job.id,
        "Operation": operation_of(job),
        "Status": job.status,
        "CreationTime": job.created,
        "ProgressSummary": _progress(ctx, job),
    }


def _progress(ctx: Context, job: Record) -> Params:
    found = rows.progress(ctx.tx, job.id)
    return {
        "TotalNumberOfTasks": found.total,
        "NumberOfTasksSucceeded": found.succeeded,
        "NumberOfTasksFailed": found.failed,
        "Timers": {"ElapsedTimeInActiveSeconds": int(seconds_active(job, ctx.now))},
    }


def seconds_active(job: Record, now: float) -> float:
    """Return for how long a job has been Active, all times together."""
    known = job.private.get("active_seconds", 0.0)
    since = job.private.get("active_since", now) if job.status == ACTIVE else now
    return known + max(0.0, now - since)
