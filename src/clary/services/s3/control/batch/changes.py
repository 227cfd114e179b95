"""UpdateJobPriority and UpdateJobStatus (API reference of S3 Control)."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Members, Record
from clary.plane.nouns.documents import revise
from clary.services.s3.control.batch import errors, noun, priorities, rows
from clary.services.s3.control.batch.noun import arn_meant, own_job
from clary.services.s3.control.service import control

Params = dict[str, Any]

_CANCELLABLE = (noun.NEW, noun.PREPARING, noun.SUSPENDED, *noun.RUNNABLE)


@control.operation(on=arn_meant, accepts=Members("AccountId JobId Priority"))
def update_job_priority(ctx: Context, params: Params) -> Params:
    """Give a job another priority; which jobs run follows from that. Raise InvalidRequest for one that has ended."""
    job, priority = own_job(ctx, params), params["Priority"]
    if job.status in noun.ENDED:
        raise errors.invalid_request(f"The job is in status {job.status}.")
    _write(ctx, revise(job, spec={"Priority": priority}))
    priorities.look_again(ctx.tx, job.scope, ctx.now)
    return {"JobId": job.id, "Priority": priority}


@control.operation(on=arn_meant, accepts=Members("AccountId JobId RequestedJobStatus StatusUpdateReason"))
def update_job_status(ctx: Context, params: Params) -> Params:
    """Confirm a job that is suspended, or cancel one. Raise JobStatusException."""
    job, wanted = own_job(ctx, params), params["RequestedJobStatus"]
    allowed = (noun.SUSPENDED,) if wanted == noun.READY else _CANCELLABLE
    if job.status not in allowed:
        raise errors.wrong_status(job.status, wanted)
    reason = params.get("StatusUpdateReason")
    status = noun.READY if wanted == noun.READY else noun.CANCELLING
    changed = priorities.left_active(job, ctx.now) if job.status == noun.ACTIVE else job
    rows.set_active(ctx.tx, job.id, on=False)
    _write(ctx, revise(changed, observed={"StatusUpdateReason": reason}, status=status))
    return {"JobId": job.id, "Status": status, **({"StatusUpdateReason": reason} if reason else {})}


def _write(ctx: Context, job: Record) -> None:
    ctx.tx.update(job.evolve(modified=ctx.now, due=ctx.now))
    ctx.wake()
