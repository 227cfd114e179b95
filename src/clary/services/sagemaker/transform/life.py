"""The life of a transform job: what workloads/jobs.py asks of it."""

from __future__ import annotations

from clary.plane import Record, World
from clary.runs.api import RunSpec, RunState
from clary.services.sagemaker import failure_reasons, jobs
from clary.services.sagemaker.hosting.models import model
from clary.services.sagemaker.hosting.serving import served
from clary.services.sagemaker.registry.containers import containers_of
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.transform.noun import STATES, transform_job
from clary.services.sagemaker.transform.run import count_of, spec_of
from clary.workloads.jobs import CannotStart, End, Lifecycle
from clary.workloads.log_journal import Log

LOG_GROUP = "/aws/sagemaker/TransformJobs"
_TIMES = jobs.Times("TransformStartTime", "TransformEndTime")
_GRACE = 30.0  # seconds that a stopped program has


def _spec(job: Record, world: World) -> tuple[RunSpec, str]:
    """Return the run, and the role of the model that it serves, as it is now: another model may have taken
    the name since the job was created."""
    found = world.get(model.kind, job.spec["ModelName"])
    if found is None:
        raise _failed(world, f"Could not find model {job.spec['ModelName']}.")
    serving = served(found, containers_of(found, world))
    if serving.role is None:
        raise _failed(world, f"Model {job.spec['ModelName']} has no execution role.")
    return spec_of(job, serving), serving.role


def _failed(world: World, reason: str) -> CannotStart:
    return CannotStart(End("Failed", _TIMES.at_end(world, RunState("absent"), f"ClientError: {reason}")))


def _end(job: Record, world: World, state: RunState) -> End:
    status, reason = jobs.outcome(job, state)
    if status == "Failed" and state.failure and not state.reason:
        reason = _reason(state.failure)
    return End(status, _TIMES.at_end(world, state, reason))


def _reason(failure: str) -> str:
    """Return AWS's words: details are in the log, and the reason tells whose mistake it was. What a model
    answered follows the first line."""
    said = failure.partition("\n")[0]
    if "Bad HTTP status received from algorithm" in said or "ClientError: " in said:
        kind = "ClientError" if "ClientError: " in said else "AlgorithmError"
        return f"{kind}: See job logs for more information"
    return failure_reasons.clip(f"AlgorithmError: {failure}")


LIFE = Lifecycle(
    states=STATES,
    spec=_spec,
    log=lambda job: Log(LOG_GROUP, jobs.streams(job, count_of(job))),
    end=_end,
    progress=_TIMES.progress,
    grace=_GRACE,
)
sagemaker.controller(transform_job)(LIFE.move)
