"""What SageMaker's jobs have in common: statuses, AWS's sentences, log streams, how a run's end becomes a
status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clary.plane import Errors, Record, States, World
from clary.runs.api import RunState
from clary.services.sagemaker import failure_reasons
from clary.services.sagemaker.hosts import host_names
from clary.workloads.jobs import Stage

ERRORS = Errors(
    missing="Could not find requested job with name: {id}",
    taken="Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})",
    taken_code="ResourceInUse",
    busy_code="ResourceInUse",
)


def states(member: str) -> States:
    """Return the statuses of a job, which are the values of `member`. Only what has ended can be deleted
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteProcessingJob.html)."""
    return States(
        member,
        start="InProgress",
        stop="Stopping",
        final=("Completed", "Failed", "Stopped"),
        busy=("InProgress", "Stopping"),
    )


def streams(job: Record, count: int) -> dict[str, str]:
    """Return the log streams of a job by host: `my-job/algo-1-1700000000`."""
    return {name: f"{job.id}/{name}-{int(job.created)}" for name in host_names(count)}


def outcome(job: Record, state: RunState, *, built_in: bool = False) -> tuple[str, str | None]:
    """Return the final status and the FailureReason of a job whose run has this last state. `built_in` is for a program
    whose exit code 2 says that the customer's input was wrong."""
    if state.phase == "lost":
        return "Failed", "InternalServerError: We encountered an internal error. Please try again."
    if state.reason in ("deadline", "stopped") or job.status == "Stopping":
        return "Stopped", None
    if state.exit_code == 0 and not state.reason:
        return "Completed", None
    return "Failed", failure_reasons.of_algorithm(state, built_in)


def program_began(state: RunState) -> float | None:
    """Return when the program of a run was started (epoch seconds); None where it was not."""
    return next((at for name, at in state.steps if name == "Running"), None)


@dataclass(frozen=True, slots=True)
class Times:
    """The members that say when the program of a job began and when the job ended."""

    began: str
    ended: str

    def progress(self, job: Record, world: World, stage: Stage, state: RunState) -> dict[str, Any]:
        """Return the members of a job that goes on: Lifecycle.progress."""
        return self._begun(state) if stage == "running" else {}

    def at_end(self, world: World, state: RunState, reason: str | None) -> dict[str, Any]:
        """Return the members of a job that has ended."""
        return {**self._begun(state), self.ended: state.ended or world.now, "FailureReason": reason}

    def _begun(self, state: RunState) -> dict[str, Any]:
        began = program_began(state)
        return {self.began: began} if began else {}
