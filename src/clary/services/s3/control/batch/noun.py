"""The record of a job: its ARN, its statuses, and how a call finds it.

Source: "Tracking job status and completion reports"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-job-status.html).
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Noun, Record
from clary.plane.nouns.keys import generated
from clary.services.s3.control.batch import errors
from clary.services.s3.control.service import control, own_account

Params = dict[str, Any]

NEW, PREPARING, SUSPENDED, READY = "New", "Preparing", "Suspended", "Ready"
ACTIVE, PAUSING, PAUSED = "Active", "Pausing", "Paused"
COMPLETING, COMPLETE = "Completing", "Complete"
CANCELLING, CANCELLED = "Cancelling", "Cancelled"
FAILING, FAILED = "Failing", "Failed"

ENDING = {COMPLETING: COMPLETE, CANCELLING: CANCELLED, FAILING: FAILED}
ENDED = (COMPLETE, CANCELLED, FAILED)
RUNNABLE = (READY, ACTIVE, PAUSING, PAUSED)  # those among which priorities decide

JOB = control.declare(Noun("Job", arn="job/{JobId}", key=generated("{uuid}", "JobId")))


def operation_of(job: Record) -> str:
    """Return the name of what a job does to each object."""
    return next(iter(job.spec["Operation"]))


def arn_meant(ctx: Context, params: Params) -> list[str]:
    """Return the ARN that a call about a job is about, in the account that the call names."""
    return [f"arn:{ctx.partition}:s3:{ctx.region}:{params['AccountId']}:job/{params['JobId']}"]


def own_job(ctx: Context, params: Params) -> Record:
    """Return the job that a call is about. Raise NoSuchJob, AccessDenied for another account's."""
    own_account(ctx, params)
    found = ctx.tx.get(JOB.kind, ctx.scope, params["JobId"])
    if found is None:
        raise errors.no_such_job()
    return found
