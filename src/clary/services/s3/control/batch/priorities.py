"""Which jobs of an account and Region run: those with the highest priority, together.

"A job can become Paused if you submit another job with a higher priority while the current job is running." "A Paused job
automatically returns to Active after any higher-priority jobs that are blocking the job's execution complete, fail, or are suspended"
(batch-ops-job-status, S3 User Guide).
"""

from __future__ import annotations

from clary.plane import Record
from clary.plane.nouns.documents import revise
from clary.services.s3.control.batch.jobs import seconds_active
from clary.services.s3.control.batch.noun import JOB, RUNNABLE
from clary.store.api import Query, Tx

_MANY = 10_000


def is_blocked(tx: Tx, job: Record) -> bool:
    """Return whether a job with a higher priority runs or is to run."""
    higher = [("status", "in", RUNNABLE), ("doc.spec.Priority", ">", job.spec["Priority"])]
    return bool(tx.list(JOB.kind, job.scope, Query(higher, limit=1)))


def look_again(tx: Tx, scope: str, now: float) -> None:
    """Let the controllers look at the jobs among which priorities decide."""
    for job in tx.list(JOB.kind, scope, Query([("status", "in", RUNNABLE)], limit=_MANY)):
        tx.hasten(job.kind, job.scope, job.id, now)


def left_active(job: Record, now: float) -> Record:
    """Return a job that was Active with the time that it was."""
    return revise(job, private={"active_seconds": seconds_active(job, now), "active_since": None})
