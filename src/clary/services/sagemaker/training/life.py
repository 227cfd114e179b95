"""The life of a training job: what workloads/jobs.py asks of it. A training job may have several attempts,
and shows when each of its steps began."""

from __future__ import annotations

from typing import Any

from clary.plane import Record, World
from clary.runs.api import RunSpec, RunState
from clary.services.sagemaker import images, jobs, own_images
from clary.services.sagemaker.experiments import job_series
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.training.noun import STATES, metric_definitions, training_job
from clary.services.sagemaker.training.run import artifacts, ends_at, spec_of
from clary.services.sagemaker.training.transitions import OF_STEP, reach
from clary.workloads.jobs import CannotStart, End, Lifecycle, Stage
from clary.workloads.log_journal import Log

LOG_GROUP = NAMESPACE = "/aws/sagemaker/TrainingJobs"


def _spec(job: Record, world: World) -> tuple[RunSpec, str]:
    if late := _waited_too_long(job, world):
        raise CannotStart(_ended(job, world, RunState("absent"), "Stopped", late))
    return spec_of(job, world.now), job.spec["RoleArn"]


def _waited_too_long(job: Record, world: World) -> str:
    """Return the secondary status of a job that found no capacity in time; empty while it may wait."""
    stopping, waited = job.spec["StoppingCondition"], world.now - job.created
    if waited > stopping.get("MaxWaitTimeInSeconds", waited):
        return "MaxWaitTimeExceeded"
    return "Stopped" if waited > stopping.get("MaxPendingTimeInSeconds", waited) else ""


def _log(job: Record) -> Log:
    return Log(
        LOG_GROUP,
        jobs.streams(job, job.spec["ResourceConfig"]["InstanceCount"]),
        metric_definitions(job.spec["AlgorithmSpecification"]),
        NAMESPACE,
        [{"Name": "TrainingJobName", "Value": job.id}],
        job.private.get("watched", ""),
        keep=job_series.keeper(job),
    )


def _retries(job: Record) -> int:
    """Return MaximumRetryAttempts. RetryStrategy is about InternalServerError: runs that the platform
    lost, not programs that failed."""
    return job.spec.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0)


_SECONDARY = {"waiting": "Pending", "stopping": "Stopping", "restarting": "Restarting"}


def _progress(job: Record, world: World, stage: Stage, state: RunState) -> dict[str, Any]:
    if stage != "running":
        return reach(job, _SECONDARY[stage], world.now)
    running = OF_STEP[state.steps[-1][0]] if state.steps else "Starting"
    secondary = "Stopping" if job.status == STATES.stop else running
    began = jobs.program_began(state)
    return {
        **({"TrainingStartTime": began} if began else {}),
        **reach(job, secondary, world.now, state.steps),
    }


def _end(job: Record, world: World, state: RunState) -> End:
    status, reason = jobs.outcome(job, state, built_in=_runs_the_algorithm(job))
    late = status == "Stopped" and state.reason == "deadline"
    return _ended(job, world, state, status, _deadline(job, state) if late else status, reason)


def _deadline(job: Record, state: RunState) -> str:
    """Return the secondary status of a job that reached its deadline."""
    _, waited = ends_at(job, jobs.program_began(state) or job.created)
    return "MaxWaitTimeExceeded" if waited else "MaxRuntimeExceeded"


def _runs_the_algorithm(job: Record) -> bool:
    """Return whether the image's own algorithm runs, not a script, whose exit code 2 (argparse's) has no
    meaning here."""
    if job.private.get(own_images.PRIVATE):
        return False
    image = images.resolve(job.spec["AlgorithmSpecification"]["TrainingImage"])
    scripted = "sagemaker_program" in job.spec.get("HyperParameters", {})
    return image.is_built_in and not scripted and "SAGEMAKER_PROGRAM" not in job.spec.get("Environment", {})


def _ended(
    job: Record, world: World, state: RunState, status: str, secondary: str, reason: str | None = None
) -> End:
    ended = state.ended or world.now
    began = job.observed.get("TrainingStartTime") or jobs.program_began(state)
    members: dict[str, Any] = {"TrainingEndTime": ended, "FailureReason": reason}
    if began:
        seconds = max(1, round(ended - began))
        members |= {"TrainingStartTime": began}
        members |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
    if status == "Completed" or (status == "Stopped" and began):
        members["ModelArtifacts"] = {"S3ModelArtifacts": artifacts(job)}
    return End(status, members | reach(job, secondary, ended, state.steps))


LIFE = Lifecycle(STATES, _spec, _log, _end, _progress, _retries)
sagemaker.controller(training_job)(LIFE.move)
