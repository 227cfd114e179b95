"""The life that processing and transform jobs share: one run, from a record in progress to its final status.

A training job lives otherwise: it has several attempts, and says of each step when it began.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clary.plane import Call, Errors, Record, States, Step, World
from clary.runs.api import RunSpec, RunState
from clary.services.sagemaker import containers, failures, journal

_SOON, _AT_ONCE = 0.05, 0.01  # seconds: while something is about to change, while there is more to be read

FINAL = ("Completed", "Failed", "Stopped")
ERRORS = Errors(
    missing="Could not find requested job with name: {id}",
    taken="Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})",
    taken_code="ResourceInUse",
    busy_code="ResourceInUse",
)


def states(member: str) -> States:
    """The statuses of a job. Only what has ended can be deleted
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteProcessingJob.html)."""
    return States(member, start="InProgress", stop="Stopping", final=FINAL, busy=("InProgress", "Stopping"))


class Impossible(Exception):
    """A job that cannot begin; the text is its FailureReason."""


@dataclass(frozen=True, slots=True)
class End:
    """What an ended run makes of its job: the final status, members besides, calls to make."""

    status: str
    reason: str | None
    changes: dict[str, Any] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of job has of its own.

    `began` and `ended` are the members that say when its program began and when all was over, `hosts` how many there
    are, `grace` the seconds that a stopped program has (None: the run's own). `spec` returns the run and the role that
    it acts as; it may raise Impossible.
    """

    group: str
    began: str
    ended: str
    hosts: Callable[[Record], int]
    spec: Callable[[Record, World], tuple[RunSpec, str]]
    end: Callable[[Record, World, RunState], End]
    grace: float | None = None


def move(job: Record, world: World, kind: Kind) -> Step:
    """Move one job one step."""
    run = containers.run_id(job)
    if job.status in FINAL:
        return containers.tidy([run], world)
    state = world.runs.inspect(run)
    if job.status == "Stopping" and state.phase in containers.STOPPABLE and not job.private.get("stopped"):
        world.runs.stop(run, kind.grace)
        return Step(private={"stopped": True}, after=0.1)
    match state.phase:
        case "absent" if job.status == "Stopping":
            return Step("Stopped", {kind.ended: world.now}, containers.TIDY)
        case "absent" if job.private.get("run"):
            return _finish(job, world, kind, run, RunState("lost"))
        case "absent":
            return _start(job, world, kind, run)
        case "preparing" | "running" | "uploading":
            return _watch(job, world, kind, run, state)
        case "exited" | "lost":
            return _finish(job, world, kind, run, state)


def ending(job: Record, state: RunState) -> tuple[str, str | None]:
    """The final status and the failure reason, as far as they are the same for every kind."""
    if state.phase == "lost":
        return "Failed", "InternalServerError: We encountered an internal error. Please try again."
    if state.reason in ("deadline", "stopped") or job.status == "Stopping":
        return "Stopped", None
    if state.exit_code == 0 and not state.reason:
        return "Completed", None
    return "Failed", failures.of_algorithm(state, built_in=False)


def _start(job: Record, world: World, kind: Kind, run: str) -> Step:
    try:
        spec, role = kind.spec(job, world)
    except Impossible as reason:
        return Step("Failed", {"FailureReason": str(reason), kind.ended: world.now})
    admitted = world.runs.start(run, containers.at_home(spec, job, world, run, role))
    return Step(private={"run": run}, after=_SOON) if admitted else Step(after=containers.POLL)


def _watch(job: Record, world: World, kind: Kind, run: str, state: RunState) -> Step:
    entries = _read(job, world, kind, run, last=False)
    after = _SOON if entries.more else containers.POLL
    return Step(set=_begun(kind, state), private=entries.private, calls=tuple(entries.calls), after=after)


def _finish(job: Record, world: World, kind: Kind, run: str, state: RunState) -> Step:
    entries = _read(job, world, kind, run, last=True)
    if entries.more:
        return Step(private=entries.private, calls=tuple(entries.calls), after=_AT_ONCE)
    end = kind.end(job, world, state)
    changes = _begun(kind, state) | end.changes
    changes |= {kind.ended: state.ended or world.now, "FailureReason": end.reason}
    calls = (*entries.calls, *end.calls)
    return Step(end.status, changes, containers.TIDY, calls, private=entries.private)


def _begun(kind: Kind, state: RunState) -> dict[str, Any]:
    began = next((at for name, at in state.steps if name == "Running"), None)
    return {kind.began: began} if began else {}


def _read(job: Record, world: World, kind: Kind, run: str, *, last: bool) -> journal.Entries:
    streams = {name: f"{job.id}/{name}-{int(job.created)}" for name in containers.host_names(kind.hosts(job))}
    return journal.read(job, world, run, kind.group, streams, last=last)
