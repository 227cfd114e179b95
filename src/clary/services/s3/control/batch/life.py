"""The life of a job: its list is read, it waits for its turn, its tasks are carried out (work.py), its report is written.

Each step is decided by the record and by the rows of its tasks, so a step that is repeated does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clary.kernel import AwsError
from clary.plane import Record, Step, World
from clary.services.s3.control.batch import noun, preparing, priorities, report, rows
from clary.services.s3.control.batch.errors import JobFailure
from clary.services.s3.control.batch.jobs import seconds_active
from clary.services.s3.control.batch.noun import JOB
from clary.services.s3.control.batch.work import TOPIC
from clary.services.s3.control.service import control
from clary.services.s3.lifecycle.rules import DAY
from clary.store.api import Tx

_KEPT = 90 * DAY  # "Jobs are automatically deleted 90 days after reaching a terminal state"
_LOOK = 10.0  # seconds after which a job looks by itself; what it waits for makes it due
_SOON = 0.2
_TOGETHER = 4  # jobs in the threads of the controllers
_UNDER_WAY: set[str] = set()
_REMOVED = 20_000  # tasks in one step
_LONGEST_REASON = 256


@control.controller(JOB)
def live(job: Record, world: World) -> Step:
    """Do the next thing for a job. A step that reads a large file outlives its lease: it is not begun a second time."""
    if job.id in _UNDER_WAY or len(_UNDER_WAY) >= _TOGETHER:
        return Step(after=_SOON)
    _UNDER_WAY.add(job.id)
    try:
        return _STEPS[job.status](job, world)
    except JobFailure as failure:
        return _failing(failure.code, failure.reason)
    finally:
        _UNDER_WAY.discard(job.id)


def _failing(code: str, reason: str, **more: Any) -> Step:
    reasons = [{"FailureCode": code, "FailureReason": reason[:_LONGEST_REASON]}]
    return Step(noun.FAILING, {"FailureReasons": reasons}, after=0.0, **more)


def _new(job: Record, world: World) -> Step:
    return Step(noun.PREPARING, after=0.0)


def _preparing(job: Record, world: World) -> Step:
    """Read more of the list, or let the job wait for its confirmation or for its turn."""
    more = preparing.prepare(job, world)
    if more is not None:
        return more
    waits = job.spec["ConfirmationRequired"]
    if not waits:
        return Step(noun.READY, after=0.0)
    said = {"SuspendedDate": world.now, "SuspendedCause": "AwaitingConfirmation"}
    return Step(noun.SUSPENDED, said)


def _waiting(job: Record, world: World) -> Step:
    """Begin, or go on, when no job with a higher priority is in the way."""
    with world.platform.store.read() as tx:
        if priorities.is_blocked(tx, job):
            return Step(after=_LOOK)
    writes = (_activity(job, on=True), _others(job, world))
    world.platform.signals.notify(TOPIC)
    return Step(noun.ACTIVE, private={"active_since": world.now}, after=_LOOK, writes=writes)


def _active(job: Record, world: World) -> Step:
    with world.platform.store.read() as tx:
        found, blocked = rows.progress(tx, job.id), priorities.is_blocked(tx, job)
    stopped: dict[str, Any] = {
        "private": {"active_seconds": seconds_active(job, world.now), "active_since": None},
        "writes": (_activity(job, on=False), _others(job, world)),
    }
    if found.is_whole:
        return Step(noun.COMPLETING, after=0.0, **stopped)
    if found.is_failing:
        reason = f"{found.failed} of {found.done} tasks failed, which is more than half of them."
        return _failing("FailureThresholdExceeded", reason, **stopped)
    if blocked:
        return Step(noun.PAUSING, after=0.0, **stopped)
    world.platform.signals.notify(TOPIC)
    return Step(after=_LOOK)


def _pausing(job: Record, world: World) -> Step:
    return Step(after=_SOON) if _is_at_work(job, world) else Step(noun.PAUSED, after=0.0)


def _is_at_work(job: Record, world: World) -> bool:
    """Return whether tasks are still under way."""
    with world.platform.store.read() as tx:
        return rows.progress(tx, job.id).working > world.now


def _ending(job: Record, world: World) -> Step:
    """Write the report when the last task has ended, then end."""
    if _is_at_work(job, world):
        return Step(after=_SOON)
    try:
        more = report.write(job, world)
    except AwsError as error:
        if not error.senders_fault:
            raise
        reason = f"The report could not be written: {error.code}: {error.message}"
        return _ended(job, world, noun.FAILED, [*job.observed.get("FailureReasons", []), _unwritten(reason)])
    return more or _ended(job, world, noun.ENDING[job.status], job.observed.get("FailureReasons"))


def _unwritten(reason: str) -> dict[str, str]:
    return {"FailureCode": "ReportNotWritten", "FailureReason": reason[:_LONGEST_REASON]}


def _ended(job: Record, world: World, status: str, reasons: list[Any] | None) -> Step:
    said = {"TerminationDate": world.now, "FailureReasons": reasons}
    private = {"gone_at": world.business.now + _KEPT, "report": None, "list": None}
    return Step(status, said, private=private, after=0.0, writes=(_others(job, world),))


def _gone(job: Record, world: World) -> Step:
    """Delete the tasks of a job that has ended, and, when it is old, the job."""
    with world.platform.transaction(write=True) as unit:
        more = rows.remove(unit.tx, job.id, _REMOVED)
    if more:
        return Step(after=0.0)
    if world.business.now < job.private["gone_at"]:
        return Step(until=job.private["gone_at"])
    return Step(delete=True, writes=(lambda tx: rows.forget(tx, job.id),))


def _activity(job: Record, *, on: bool) -> Callable[[Tx], None]:
    return lambda tx: rows.set_active(tx, job.id, on=on)


def _others(job: Record, world: World) -> Callable[[Tx], None]:
    """Let others be looked at: which of them run may follow from this step."""
    return lambda tx: priorities.look_again(tx, job.scope, world.now)


_STEPS: Mapping[str, Callable[[Record, World], Step]] = {
    noun.NEW: _new,
    noun.PREPARING: _preparing,
    noun.SUSPENDED: lambda job, world: Step(),
    noun.READY: _waiting,
    noun.PAUSED: _waiting,
    noun.ACTIVE: _active,
    noun.PAUSING: _pausing,
    **dict.fromkeys(noun.ENDING, _ending),
    **dict.fromkeys(noun.ENDED, _gone),
}
