"""The life of a job: a run, or several attempts at it, from a record in progress to its final status.

    absent                  start the run; what cannot start ends at once
    preparing … uploading   read its log, show how far it is
    lost                    read its log, begin another attempt in a run of its own while the job has any left
    exited, lost            read the rest of its log, write the final status

A job is asked to stop by its status, and its run is told so once. What ended is removed from the disk in a later step.
All memory is in private members of the record: `run`, `stopped` and `retries` here, the others in log_journal.py. What
the last run began with stays in `ran`, but for its lists of libraries (library_lists.py).

Knows no service: a Lifecycle says which statuses, members and logs the jobs of one kind have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from clary.plane import Call, Context, Record, States, Step, World
from clary.runs.api import RunSpec, RunState
from clary.workloads import containers, library_lists, log_journal
from clary.workloads.log_journal import Entries, Log

_SOON, _AT_ONCE = 0.05, 0.01  # seconds: while something is about to change, while there is more to be read
_STOPPING = 0.1

Stage = Literal["waiting", "running", "stopping", "restarting"]
"""What a job does that goes on: it waits for capacity, runs, was told to stop, or begins another attempt."""


@dataclass(frozen=True, slots=True)
class End:
    """What an ended run makes of its job: the final status, other members of its status, calls to make."""

    status: str
    members: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()


class CannotStart(Exception):
    """Raised by Lifecycle.spec: a job that ends without a run."""

    def __init__(self, end: End) -> None:
        super().__init__(end.status)
        self.end = end


def _nothing(job: Record, world: World, stage: Stage, state: RunState) -> Mapping[str, Any]:
    return {}


def _none(job: Record) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What the jobs of one kind have of their own.

    `spec` returns the run and the role that it acts as, or raises CannotStart. `end` says how a job ended whose run has this
    last state: `lost` where it is not known how it ended, `absent` where the job was stopped before its run began. `progress`
    returns the members of the status that show a stage. `retries` is how many lost runs may be followed by another attempt.
    `grace` are the seconds that a stopped program has (None: the run's own).
    """

    states: States
    spec: Callable[[Record, World], tuple[RunSpec, str]]
    log: Callable[[Record], Log]
    end: Callable[[Record, World, RunState], End]
    progress: Callable[[Record, World, Stage, RunState], Mapping[str, Any]] = _nothing
    retries: Callable[[Record], int] = _none
    grace: float | None = None

    def move(self, job: Record, world: World) -> Step:
        """Move one job one step. The controller of its kind calls this until the job is final."""
        if job.status in self.states.final:
            return containers.tidy(runs_of(job), world)
        run = runs_of(job)[-1]
        state = world.runs.inspect(run)
        stopping = job.status == self.states.stop
        if state.phase == "absent" and job.private.get("run") and not stopping:
            state = RunState("lost")  # it was started, and its folder is gone
        if stopping and state.phase in containers.STOPPABLE and not job.private.get("stopped"):
            return self._stop(job, world, run, state)
        match state.phase:
            case "absent" if stopping:
                return _ended(self.end(job, world, state))
            case "absent":
                return self._start(job, world, run)
            case "lost" if not stopping and _retries(job) < self.retries(job):
                return self._restart(job, world, run, state)
            case "preparing" | "running" | "uploading":
                return self._watch(job, world, run, state)
            case "exited" | "lost":
                return self._finish(job, world, run, state)

    def _start(self, job: Record, world: World, run: str) -> Step:
        try:
            spec, role = self.spec(job, world)
        except CannotStart as reason:
            return _ended(reason.end)
        if world.runs.start(run, containers.at_home(spec, job, world, run, role)):
            return Step(private={"run": run}, after=_SOON)
        return Step(set=self.progress(job, world, "waiting", RunState("absent")), after=containers.POLL)

    def _stop(self, job: Record, world: World, run: str, state: RunState) -> Step:
        world.runs.stop(run, self.grace)
        shown = self.progress(job, world, "stopping", state)
        return Step(set=shown, private={"stopped": True}, after=_STOPPING)

    def _watch(self, job: Record, world: World, run: str, state: RunState) -> Step:
        entries = log_journal.read(job, world, run, self.log(job))
        after = _SOON if entries.more else containers.POLL
        return _noted(entries, self.progress(job, world, "running", state), after)

    def _restart(self, job: Record, world: World, run: str, state: RunState) -> Step:
        """Begin another attempt. Its log goes on where that of the lost run ended."""
        entries = log_journal.read(job, world, run, self.log(job), last=True)
        if entries.more:
            return _noted(entries, {}, _AT_ONCE)
        shown = self.progress(job, world, "restarting", state)
        again = {"offsets": dict.fromkeys(entries.offsets, 0), "last_readings": None}
        again |= {"retries": _retries(job) + 1, "run": None}
        return _noted(entries, shown, _SOON, again)

    def _finish(self, job: Record, world: World, run: str, state: RunState) -> Step:
        entries = log_journal.read(job, world, run, self.log(job), last=True)
        if entries.more:
            return _noted(entries, {}, _AT_ONCE)
        return _with_run(_ended(self.end(job, world, state), entries), state)


def runs_of(job: Record) -> list[str]:
    """Return the ids of the runs of all attempts, the present one last."""
    return [containers.run_id(job, f"-r{n}" if n else "") for n in range(_retries(job) + 1)]


def drop_runs(ctx: Context, job: Record) -> None:
    """Remove what the runs of a deleted job left on the disk, once its deletion is committed: the hook `delete`."""
    ctx.after_commit(lambda: containers.drop(runs_of(job), ctx.platform.runs))


def _retries(job: Record) -> int:
    return int(job.private.get("retries", 0))


def _noted(
    entries: Entries, shown: Mapping[str, Any], after: float, private: Mapping[str, Any] | None = None
) -> Step:
    """Return a step that stores what was read of the log, beside the members that it shows."""
    kept = {**entries.private, **(private or {})}
    return Step(
        set=shown, after=after, calls=tuple(entries.calls), private=kept, writes=tuple(entries.writes)
    )


def _with_run(step: Step, state: RunState) -> Step:
    """Add what a run began with and made, for those who compare it with another; nothing where it is not known."""
    ran = {
        "inputs": [asdict(one) for one in state.inputs],
        "outputs": [asdict(one) for one in state.outputs],
        "environment": library_lists.noted(state.environment),
        **({"image": state.image} if state.image else {}),
    }
    if not any(ran.values()):
        return step
    writes = (*step.writes, library_lists.keep(state.environment))
    return replace(step, private={**step.private, "ran": ran}, writes=writes)


def _ended(end: End, entries: Entries | None = None) -> Step:
    calls = (*(entries.calls if entries else ()), *end.calls)
    private = entries.private if entries else {}
    writes = tuple(entries.writes) if entries else ()
    return Step(end.status, end.members, containers.TIDY, calls, private=private, writes=writes)
