"""Do what a job does to one object, as the job's role, and say what became of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from clary.kernel import AwsError, Caller
from clary.plane import Record
from clary.plane.lanes import Crowded
from clary.plane.port import Plane
from clary.services.s3.control.batch import calls, object_checksum, replicating
from clary.services.s3.control.batch.doing import Doing, Refused
from clary.services.s3.control.batch.noun import operation_of
from clary.services.s3.control.batch.rows import FAILED, SUCCEEDED, Outcome, Task
from clary.store.api import Busy, NoSpace, Stale

log = logging.getLogger("clary.s3")

_DONE = "Successful"
_ATTEMPTS = 3
_PAUSE = 0.1  # seconds, twice as many after each attempt


async def perform(platform: Plane, job: Record, who: Caller | AwsError, task: Task) -> Outcome:
    """Return what became of a task. Raise Busy, NoSpace, Crowded or Stale where it was not tried."""
    if isinstance(who, AwsError):
        return _failed(who)
    doing, name = Doing(platform, job, who, task), operation_of(job)
    for attempt in range(_ATTEMPTS):
        try:
            return Outcome(SUCCEEDED, 200, "", await _DOES.get(name, _call)(doing))
        except Refused as refusal:
            return _failed(refusal.error)
        except AwsError as error:
            if error.senders_fault or attempt == _ATTEMPTS - 1:
                return _failed(error)
        except (Busy, NoSpace, Crowded, Stale):
            raise
        except Exception:
            log.exception("A task of batch job %s failed", job.id)
            return _failed(
                AwsError("InternalError", "We encountered an internal error. Please try again.", 500)
            )
        await asyncio.sleep(_PAUSE * 2**attempt)
    raise AssertionError("the last attempt returns")


def _failed(error: AwsError) -> Outcome:
    return Outcome(FAILED, error.status, error.code, error.message)


async def _call(doing: Doing) -> str:
    """Call the operation of S3 that does it."""
    operation, params = calls.call_for(doing)
    region = doing.job.scope.partition("/")[2]
    await doing.platform.aperform("s3", operation, params, doing.who, region)
    return _DONE


_DOES: Mapping[str, Callable[[Doing], Awaitable[str]]] = {
    "S3ReplicateObject": replicating.replicate_object,
    "S3ComputeObjectChecksum": object_checksum.compute,
}
