"""Condition keys of S3 for batch jobs: what a request says of a job, and what the job is.

Source: "Actions, resources, and condition keys for Amazon S3" (Service Authorization Reference). S3's own facts for access control ask here,
since the actions are S3's; so this knows nothing of S3 Control but the kind of its records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clary.access.request_keys import Values
from clary.plane import Context, Record

Params = Mapping[str, Any]

_KIND = "s3control:Job"


def _asked_operation(ctx: Context, params: Params) -> Values:
    return tuple(params.get("Operation") or {}) or None


def _asked_priority(ctx: Context, params: Params) -> Values:
    return None if params.get("Priority") is None else (str(params["Priority"]),)


def _known_operation(ctx: Context, params: Params) -> Values:
    job = _job(ctx, params)
    return None if job is None else tuple(job.spec["Operation"])


def _known_priority(ctx: Context, params: Params) -> Values:
    job = _job(ctx, params)
    return None if job is None else (str(job.spec["Priority"]),)


def _cause(ctx: Context, params: Params) -> Values:
    job = _job(ctx, params)
    cause = None if job is None else job.observed.get("SuspendedCause")
    return None if cause is None else (cause,)


def _job(ctx: Context, params: Params) -> Record | None:
    """Return the job that a call names; None where there is none."""
    return ctx.tx.get(_KIND, ctx.scope, params["JobId"]) if params.get("JobId") else None


KEYS: Mapping[str, Callable[[Context, Params], Values]] = {
    "s3:requestjoboperation": _asked_operation,
    "s3:requestjobpriority": _asked_priority,
    "s3:existingjoboperation": _known_operation,
    "s3:existingjobpriority": _known_priority,
    "s3:jobsuspendedcause": _cause,
}
