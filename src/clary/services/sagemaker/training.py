"""Training jobs: create, watch, stop. The work itself is in clary_programs; here only its life is kept."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from clary.plane import Context, Document, Errors, Hooks, Noun, Record, States, Step, World
from clary.runs.api import RunState
from clary.services.sagemaker import containers, failures, images, journal, members
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.training_request import allow
from clary.services.sagemaker.training_run import artifacts, ends_at, spec_of

LOG_GROUP = "/aws/sagemaker/TrainingJobs"

# AWS's own sentences of SecondaryStatusTransitions.
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Pending": "Training job waiting for capacity",
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
    "Restarting": "Restarting the training job",
}
_LAST = ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded")
_OF_STEP = {"Downloading": "Downloading", "Running": "Training", "Uploading": "Uploading"}


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    """What creation adds: defaults that Describe shows, the first transition."""
    specification = dict(params["AlgorithmSpecification"])
    specification.setdefault("EnableSageMakerMetricsTimeSeries", False)
    output = {"KmsKeyId": "", "CompressionType": "GZIP", **params["OutputDataConfig"]}
    spec = {
        "AlgorithmSpecification": specification,
        "OutputDataConfig": output,
        "HyperParameters": params.get("HyperParameters", {}),
        "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        "EnableInterContainerTrafficEncryption": params.get("EnableInterContainerTrafficEncryption", False),
        "EnableManagedSpotTraining": params.get("EnableManagedSpotTraining", False),
    }
    status = {
        "ProfilingStatus": "Disabled",
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [_transition("Starting", ctx.now)],
    }
    return Document(spec, status)


def detail(record: Record) -> dict[str, Any]:
    specification = record.spec["AlgorithmSpecification"]
    return {
        "AlgorithmSpecification": {**specification, "MetricDefinitions": metric_definitions(specification)},
        "FinalMetricDataList": sorted(
            record.private.get("metrics", {}).values(), key=lambda m: m["MetricName"]
        ),
    }


def metric_definitions(specification: dict[str, Any]) -> list[dict[str, str]]:
    """The caller's, else the algorithm's own: those are not stored, for they would make each record twenty times as
    large, and listing ten jobs several times as slow."""
    given = specification.get("MetricDefinitions")
    return images.resolve(specification["TrainingImage"]).metric_definitions if given is None else given


def delete(ctx: Context, job: Record) -> None:
    ctx.after_commit(lambda: containers.drop(_runs_of(job), ctx.platform.runs))


# Only what has ended can be deleted
# (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteTrainingJob.html).
_STATES = States(
    "TrainingJobStatus",
    start="InProgress",
    stop="Stopping",
    final=("Completed", "Failed", "Stopped", "Deleting"),
    busy=("InProgress", "Stopping"),
)
training_job = sagemaker.noun(
    Noun(
        "TrainingJob",
        arn="training-job/{TrainingJobName}",
        states=_STATES,
        accepts=members.TRAINING_JOB,
        errors=Errors(
            missing="Requested resource not found.",
            taken="Training job names must be unique within an AWS account and region, and a training job with this "
            "name already exists ({arn})",
            taken_code="ResourceInUse",
            busy_code="ResourceInUse",
        ),
        hooks=Hooks(allow=allow, stamp=stamp, detail=detail, delete=delete),
    )
)


@sagemaker.controller(training_job)
def train(job: Record, world: World) -> Step:
    """Move one job one step; called again and again until it is final."""
    if job.status in _STATES.final:
        return containers.tidy(_runs_of(job), world)
    run = _run_of(job)
    state = world.runs.inspect(run)
    if job.status == "Stopping" and state.phase in containers.STOPPABLE and not job.private.get("stopped"):
        world.runs.stop(run)
        return _step(job, world, "Stopping", private={"stopped": True}, after=0.1)
    match state.phase:
        case "absent" if job.status == "Stopping":
            return _end(job, world, state, "Stopped", "Stopped")
        case "absent" if job.private.get("run"):
            return _finish(job, world, run, RunState("lost"))
        case "absent":
            return _start(job, world, run)
        case "lost" if _may_retry(job):
            return _restart(job, world, run)
        case "preparing" | "running" | "uploading":
            return _watch(job, world, run, state)
        case "exited" | "lost":
            return _finish(job, world, run, state)


def _runs_of(job: Record) -> list[str]:
    """The runs of all attempts, the present one last."""
    retries = int(job.private.get("retries", 0))
    return [containers.run_id(job, f"-r{n}" if n else "") for n in range(retries + 1)]


def _run_of(job: Record) -> str:
    return _runs_of(job)[-1]


def _start(job: Record, world: World, run: str) -> Step:
    if late := _waited_too_long(job, world):
        return _end(job, world, RunState("absent"), "Stopped", late)
    spec = containers.at_home(spec_of(job, world.now), job, world, run, job.spec["RoleArn"])
    if world.runs.start(run, spec):
        return Step(private={"run": run}, after=0.05)
    return _step(job, world, "Pending", after=containers.POLL)


def _waited_too_long(job: Record, world: World) -> str:
    """The secondary status of a job that found no capacity in time; empty while it may wait."""
    stopping, waited = job.spec["StoppingCondition"], world.now - job.created
    if waited > stopping.get("MaxWaitTimeInSeconds", waited):
        return "MaxWaitTimeExceeded"
    return "Stopped" if waited > stopping.get("MaxPendingTimeInSeconds", waited) else ""


def _may_retry(job: Record) -> bool:
    """RetryStrategy is about InternalServerError: what the platform lost, not what a program did."""
    most = job.spec.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0)
    return job.status != "Stopping" and int(job.private.get("retries", 0)) < most


def _restart(job: Record, world: World, run: str) -> Step:
    """Another attempt in a run of its own; the log goes on where that of the lost one ended."""
    entries = _read(job, world, run, last=True)
    if entries.more:
        return Step(private=entries.private, calls=tuple(entries.calls), after=0.01)
    again = {"offsets": dict.fromkeys(entries.offsets, 0), "last_readings": None}
    private = again | {"retries": int(job.private.get("retries", 0)) + 1, "run": None}
    return _step(job, world, "Restarting", {}, entries, private=private, after=0.05)


def _watch(job: Record, world: World, run: str, state: RunState) -> Step:
    entries = _read(job, world, run, last=False)
    secondary = (
        "Stopping"
        if job.status == "Stopping"
        else _OF_STEP[state.steps[-1][0]]
        if state.steps
        else "Starting"
    )
    started = next((at for name, at in state.steps if name == "Running"), None)
    changes = {"TrainingStartTime": started} if started else {}
    return _step(
        job,
        world,
        secondary,
        changes,
        entries,
        after=0.05 if entries.more else containers.POLL,
        steps=state.steps,
    )


def _finish(job: Record, world: World, run: str, state: RunState) -> Step:
    """Take the rest of the log, then say how it ended."""
    entries = _read(job, world, run, last=True)
    if entries.more:
        return Step(private=entries.private, calls=tuple(entries.calls), after=0.01)
    if state.phase == "lost":
        reason = "InternalServerError: We encountered an internal error. Please try again."
        return _end(job, world, state, "Failed", "Failed", entries, reason)
    if state.reason == "deadline":
        began = next((at for name, at in state.steps if name == "Running"), job.created)
        waited = ends_at(job, began)[1]
        return _end(
            job, world, state, "Stopped", "MaxWaitTimeExceeded" if waited else "MaxRuntimeExceeded", entries
        )
    if state.reason == "stopped" or job.status == "Stopping":
        return _end(job, world, state, "Stopped", "Stopped", entries)
    if state.exit_code == 0 and not state.reason:
        return _end(job, world, state, "Completed", "Completed", entries)
    reason = failures.of_algorithm(state, _runs_the_algorithm(job))
    return _end(job, world, state, "Failed", "Failed", entries, reason)


def _runs_the_algorithm(job: Record) -> bool:
    """Whether the image's own algorithm runs, and not a script, whose exit code 2 (argparse's) means nothing."""
    image = images.resolve(job.spec["AlgorithmSpecification"]["TrainingImage"])
    scripted = "sagemaker_program" in job.spec.get("HyperParameters", {})
    return image.is_built_in and not scripted and "SAGEMAKER_PROGRAM" not in job.spec.get("Environment", {})


def _end(
    job: Record,
    world: World,
    state: RunState,
    status: str,
    secondary: str,
    entries: journal.Entries | None = None,
    reason: str | None = None,
) -> Step:
    ended = state.ended or world.now
    started = job.observed.get("TrainingStartTime") or next(
        (at for name, at in state.steps if name == "Running"), None
    )
    changes: dict[str, Any] = {"TrainingEndTime": ended, "FailureReason": reason}
    if started:
        seconds = max(1, round(ended - started))
        changes |= {
            "TrainingStartTime": started,
            "TrainingTimeInSeconds": seconds,
            "BillableTimeInSeconds": seconds,
        }
    if status == "Completed" or (status == "Stopped" and started):
        changes["ModelArtifacts"] = {"S3ModelArtifacts": artifacts(job)}
    step = _step(job, world, secondary, changes, entries, steps=state.steps, at=ended)
    return Step(status, step.set, containers.TIDY, step.calls, private=step.private)


def _step(
    job: Record,
    world: World,
    secondary: str,
    changes: Mapping[str, Any] = MappingProxyType({}),
    entries: journal.Entries | None = None,
    *,
    private: Mapping[str, Any] = MappingProxyType({}),
    after: float | None = None,
    steps: tuple[tuple[str, float], ...] = (),
    at: float | None = None,
) -> Step:
    """A step that leaves the job in a secondary status, with every transition on the way there."""
    history = [dict(entry) for entry in job.observed["SecondaryStatusTransitions"]]
    for name, began in steps:
        if _OF_STEP[name] not in _of_this_attempt(history):
            _append(history, _OF_STEP[name], began)
    if secondary not in _of_this_attempt(history) or (secondary == "Restarting" != history[-1]["Status"]):
        _append(history, secondary, at or world.now)
    if secondary in _LAST:
        history[-1]["EndTime"] = history[-1]["StartTime"]
    if history != job.observed["SecondaryStatusTransitions"]:
        changes = {**changes, "SecondaryStatus": secondary, "SecondaryStatusTransitions": history}
    remembered = {**entries.private, **private} if entries else private
    return Step(set=changes, after=after, calls=tuple(entries.calls) if entries else (), private=remembered)


def _of_this_attempt(history: list[dict[str, Any]]) -> list[str]:
    """The statuses since the job was last restarted, if it was."""
    names = [entry["Status"] for entry in history]
    last = max((place for place, name in enumerate(names) if name == "Restarting"), default=0)
    return names[last:]


def _append(history: list[dict[str, Any]], status: str, at: float) -> None:
    at = max(at, history[-1]["StartTime"])
    history[-1].setdefault("EndTime", at)
    history.append(_transition(status, at))


def _transition(status: str, at: float) -> dict[str, Any]:
    return {"Status": status, "StartTime": at, "StatusMessage": _MESSAGES[status]}


def _read(job: Record, world: World, run: str, *, last: bool) -> journal.Entries:
    names = containers.host_names(job.spec["ResourceConfig"]["InstanceCount"])
    epoch = int(job.created)
    return journal.read(
        job,
        world,
        run,
        LOG_GROUP,
        {name: f"{job.id}/{name}-{epoch}" for name in names},
        definitions=metric_definitions(job.spec["AlgorithmSpecification"]),
        namespace="/aws/sagemaker/TrainingJobs",
        dimensions=[{"Name": "TrainingJobName", "Value": job.id}],
        last=last,
    )
