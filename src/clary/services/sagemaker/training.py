"""Training jobs: create, watch, stop. The work itself is in clary_programs; here only its life is kept."""

from __future__ import annotations

import json
from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Errors, Record, Resource, States, Step, World
from clary.runs.api import Input, Output, RunSpec, RunState
from clary.services.sagemaker import containers, failures, images, journal, roles
from clary.services.sagemaker.instances import resources_of
from clary.services.sagemaker.service import sagemaker

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_POLL = 0.5

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
}
_OF_STEP = {"Downloading": "Downloading", "Running": "Training", "Uploading": "Uploading"}


def stamp(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """What creation adds: defaults that Describe shows, the algorithm's own metrics, the first transition."""
    specification = dict(params["AlgorithmSpecification"])
    image = images.resolve(specification["TrainingImage"])
    specification.setdefault("MetricDefinitions", image.metric_definitions)
    specification.setdefault("EnableSageMakerMetricsTimeSeries", False)
    output = {"KmsKeyId": "", "CompressionType": "GZIP", **params["OutputDataConfig"]}
    return {
        "AlgorithmSpecification": specification,
        "OutputDataConfig": output,
        "HyperParameters": params.get("HyperParameters", {}),
        "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        "EnableInterContainerTrafficEncryption": params.get("EnableInterContainerTrafficEncryption", False),
        "EnableManagedSpotTraining": params.get("EnableManagedSpotTraining", False),
        "ProfilingStatus": "Disabled",
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [_transition("Starting", ctx.now)],
    }


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """What the model cannot say."""
    specification = params["AlgorithmSpecification"]
    if "TrainingImage" not in specification:
        raise not_implemented("sagemaker", "CreateTrainingJob by AlgorithmName")
    images.resolve(specification["TrainingImage"])
    for member in ("DebugRuleConfigurations", "ProfilerRuleConfigurations"):
        if params.get(member):
            raise not_implemented("sagemaker", f"CreateTrainingJob with {member}")
    _check_channels(params.get("InputDataConfig", []))
    _check_waiting(params)
    if "InstanceType" not in params["ResourceConfig"] or "InstanceCount" not in params["ResourceConfig"]:
        raise not_implemented("sagemaker", "CreateTrainingJob with InstanceGroups")
    roles.require(ctx, params["RoleArn"])


def _check_channels(channels: list[dict[str, Any]]) -> None:
    names = [channel["ChannelName"] for channel in channels]
    if len(names) != len(set(names)):
        raise validation("Channel names must be unique within the InputDataConfig of a training job.")
    for channel in channels:
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise not_implemented(
                "sagemaker", f"CreateTrainingJob with the data source of channel {channel['ChannelName']}"
            )
        if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
            raise not_implemented("sagemaker", f"CreateTrainingJob with S3DataType {source['S3DataType']}")


def _check_waiting(params: dict[str, Any]) -> None:
    stopping = params["StoppingCondition"]
    wait, run = stopping.get("MaxWaitTimeInSeconds"), stopping.get("MaxRuntimeInSeconds", 86400)
    if params.get("EnableManagedSpotTraining"):
        if wait is None or wait < run:
            raise validation(
                "MaxWaitTimeInSeconds must be present and greater than or equal to MaxRuntimeInSeconds."
            )
    elif wait is not None:
        raise validation("MaxWaitTimeInSeconds can only be set when EnableManagedSpotTraining is true.")


def view(record: Record) -> dict[str, Any]:
    return {
        "FinalMetricDataList": sorted(record.doc.get("_metrics", {}).values(), key=lambda m: m["MetricName"])
    }


training_job = sagemaker.resource(
    Resource(
        "TrainingJob",
        arn="training-job/{TrainingJobName}",
        states=States(
            "TrainingJobStatus", "InProgress", ("Completed", "Failed", "Stopped", "Deleting"), "Stopping"
        ),
        stamp=stamp,
        allow=allow,
        view=view,
        errors=Errors(
            missing="Requested resource not found.",
            taken="Training job names must be unique within an AWS account and region, and a training job with this "
            "name already exists ({arn})",
            taken_code="ResourceInUse",
        ),
    )
)


@sagemaker.controller(training_job)
def train(job: Record, world: World) -> Step:
    """Move one job one step; called again and again until it is final."""
    run = containers.run_id(job)
    if job.status in training_job.states.final:
        return containers.tidy(run, world)
    state = world.runs.inspect(run)
    if job.status == "Stopping" and state.phase in ("preparing", "running") and not job.doc.get("_stopped"):
        world.runs.stop(run)
        return _step(job, world, "Stopping", {"_stopped": True}, after=0.1)
    match state.phase:
        case "absent" if job.status == "Stopping":
            return _end(job, world, state, "Stopped", "Stopped")
        case "absent" if job.doc.get("_run"):
            return _finish(job, world, run, RunState("lost"))
        case "absent":
            return _start(job, world, run)
        case "preparing" | "running" | "uploading":
            return _watch(job, world, run, state)
        case "exited" | "lost":
            return _finish(job, world, run, state)


def _start(job: Record, world: World, run: str) -> Step:
    if world.runs.start(run, containers.at_home(spec_of(job), job, world)):
        return Step(set={"_run": run}, after=0.05)
    return _step(job, world, "Pending", {}, after=_POLL)


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
    changes = entries.set | ({"TrainingStartTime": started} if started else {})
    return _step(
        job, world, secondary, changes, entries, after=0.05 if entries.more else _POLL, steps=state.steps
    )


def _finish(job: Record, world: World, run: str, state: RunState) -> Step:
    """Take the rest of the log, then say how it ended."""
    entries = _read(job, world, run, last=True)
    if entries.more:
        return Step(set=entries.set, calls=tuple(entries.calls), after=0.01)
    if state.phase == "lost":
        reason = "InternalServerError: We encountered an internal error. Please try again."
        return _end(job, world, state, "Failed", "Failed", entries, reason)
    if state.reason == "deadline":
        return _end(job, world, state, "Stopped", "MaxRuntimeExceeded", entries)
    if state.reason == "stopped" or job.status == "Stopping":
        return _end(job, world, state, "Stopped", "Stopped", entries)
    if state.exit_code == 0 and not state.reason:
        return _end(job, world, state, "Completed", "Completed", entries)
    image = images.resolve(job.doc["AlgorithmSpecification"]["TrainingImage"])
    return _end(
        job, world, state, "Failed", "Failed", entries, failures.of_algorithm(state, image.is_built_in)
    )


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
    started = job.doc.get("TrainingStartTime") or next(
        (at for name, at in state.steps if name == "Running"), None
    )
    changes: dict[str, Any] = {
        "TrainingEndTime": ended,
        "FailureReason": reason,
        **(entries.set if entries else {}),
    }
    if started:
        seconds = max(1, round(ended - started))
        changes |= {
            "TrainingStartTime": started,
            "TrainingTimeInSeconds": seconds,
            "BillableTimeInSeconds": seconds,
        }
    if status == "Completed" or (status == "Stopped" and started):
        changes["ModelArtifacts"] = {"S3ModelArtifacts": artifacts(job)}
    step = _step(job, world, secondary, changes, entries, steps=state.steps, at=ended, message=reason)
    return Step(status, step.set, containers.TIDY, step.calls)


def _step(
    job: Record,
    world: World,
    secondary: str,
    changes: dict[str, Any],
    entries: journal.Entries | None = None,
    *,
    after: float | None = None,
    steps: tuple[tuple[str, float], ...] = (),
    at: float | None = None,
    message: str | None = None,
) -> Step:
    """A step that leaves the job in a secondary status, with every transition on the way there."""
    history = [dict(entry) for entry in job.doc["SecondaryStatusTransitions"]]
    seen = {entry["Status"] for entry in history}
    for name, began in steps:
        if _OF_STEP[name] not in seen:
            _append(history, _OF_STEP[name], began)
    if secondary not in {entry["Status"] for entry in history}:
        _append(history, secondary, at or world.now, message)
    if secondary in ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded"):
        history[-1]["EndTime"] = history[-1]["StartTime"]
    if history != job.doc["SecondaryStatusTransitions"]:
        changes = {**changes, "SecondaryStatus": secondary, "SecondaryStatusTransitions": history}
    return Step(set=changes, after=after, calls=tuple(entries.calls) if entries else ())


def _append(history: list[dict[str, Any]], status: str, at: float, message: str | None = None) -> None:
    at = max(at, history[-1]["StartTime"])
    history[-1].setdefault("EndTime", at)
    history.append(_transition(status, at, message))


def _transition(status: str, at: float, message: str | None = None) -> dict[str, Any]:
    return {"Status": status, "StartTime": at, "StatusMessage": message or _MESSAGES[status]}


def _read(job: Record, world: World, run: str, *, last: bool) -> journal.Entries:
    names = containers.host_names(job.doc["ResourceConfig"]["InstanceCount"])
    epoch = int(job.created)
    return journal.read(
        job,
        world,
        run,
        LOG_GROUP,
        {name: f"{job.id}/{name}-{epoch}" for name in names},
        definitions=job.doc["AlgorithmSpecification"].get("MetricDefinitions", ()),
        namespace="/aws/sagemaker/TrainingJobs",
        dimensions=[{"Name": "TrainingJobName", "Value": job.id}],
        last=last,
    )


def artifacts(job: Record) -> str:
    """Where the model is: an archive, or a folder when compression is off."""
    base = f"{job.doc['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job.id}/output"
    compressed = job.doc["OutputDataConfig"].get("CompressionType", "GZIP") == "GZIP"
    return f"{base}/model.tar.gz" if compressed else f"{base}/model/"


def spec_of(job: Record) -> RunSpec:
    """The run of a job: what contracts of the training container say lies where."""
    doc = job.doc
    specification, cluster = doc["AlgorithmSpecification"], doc["ResourceConfig"]
    image = images.resolve(specification["TrainingImage"])
    channels = doc.get("InputDataConfig", [])
    files = {
        "input/config/hyperparameters.json": json.dumps(doc["HyperParameters"]),
        "input/config/inputdataconfig.json": json.dumps(
            {channel["ChannelName"]: channel_config(channel, specification) for channel in channels}
        ),
    }
    optional = {
        "CheckpointConfig": "checkpointconfig",
        "DebugHookConfig": "debughookconfig",
        "TensorBoardOutputConfig": "tensorboardoutputconfig",
        "ProfilerConfig": "profilerconfig",
    }
    for member, name in optional.items():
        if member in doc:
            files[f"input/config/{name}.json"] = json.dumps(doc[member])
    names = containers.host_names(cluster["InstanceCount"])
    group = {
        "instance_group_name": "homogeneousCluster",
        "instance_type": cluster["InstanceType"],
        "hosts": names,
    }
    config = {
        "current_instance_type": cluster["InstanceType"],
        "current_group_name": "homogeneousCluster",
        "instance_groups": [group],
        "network_interface_name": containers.NETWORK_INTERFACE,
    }
    return RunSpec(
        command=containers.command_of(
            specification.get("ContainerEntrypoint"), specification.get("ContainerArguments"), image.train
        ),
        hosts=containers.hosts(cluster["InstanceCount"], "input/config/resourceconfig.json", config),
        env={
            "TRAINING_JOB_NAME": job.id,
            "TRAINING_JOB_ARN": job.arn,
            "SAGEMAKER_METRICS_DIRECTORY": "/opt/ml/output/metrics/sagemaker",
            "CLARY_IMAGE_TAG": image.tag,
            **doc.get("Environment", {}),
        },
        files=files,
        folders=("model", "output/data", "output/metrics/sagemaker", "checkpoints", "input/data"),
        inputs=(*(channel_input(channel, specification) for channel in channels), *_checkpoints_in(doc)),
        outputs=(*_outputs(job), *_checkpoints_out(doc)),
        resources=resources_of(cluster["InstanceType"], cluster.get("VolumeSizeInGB", 30)),
        deadline=float(doc["StoppingCondition"].get("MaxRuntimeInSeconds", 86400)),
        network_isolation=doc.get("EnableNetworkIsolation", False),
    )


def channel_config(channel: dict[str, Any], specification: dict[str, Any]) -> dict[str, str]:
    """One channel in inputdataconfig.json; note its S3DistributionType, not the API's name."""
    source = channel["DataSource"]["S3DataSource"]
    config = {
        "TrainingInputMode": channel.get("InputMode", specification["TrainingInputMode"]),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    if "ContentType" in channel:
        config["ContentType"] = channel["ContentType"]
    if "CompressionType" in channel:
        config["CompressionType"] = channel["CompressionType"]
    return config


def channel_input(channel: dict[str, Any], specification: dict[str, Any]) -> Input:
    source = channel["DataSource"]["S3DataSource"]
    config = channel_config(channel, specification)
    pipe = config["TrainingInputMode"] == "Pipe"
    return Input(
        path=f"input/data/{channel['ChannelName']}",
        source=source["S3Uri"],
        kind="manifest" if source["S3DataType"] == "ManifestFile" else "prefix",
        mode=config["TrainingInputMode"],  # type: ignore[arg-type]
        sharded=config["S3DistributionType"] == "ShardedByS3Key",
        # AWS undoes Gzip only on its way into a pipe: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Channel.html
        gunzip=pipe and config.get("CompressionType") == "Gzip",
        record_wrapper=config["RecordWrapperType"] == "RecordIO",
    )


def _outputs(job: Record) -> tuple[Output, ...]:
    base = f"{job.doc['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job.id}/output"
    compressed = job.doc["OutputDataConfig"].get("CompressionType", "GZIP") == "GZIP"
    model = Output("model", artifacts(job), "tar.gz" if compressed else "files", "end-or-stopped")
    data = Output("output/data", f"{base}/output.tar.gz", "tar.gz", "always", skip_empty=True)
    return model, data


def _checkpoint_path(doc: dict[str, Any]) -> str:
    path = doc["CheckpointConfig"].get("LocalPath", "/opt/ml/checkpoints")
    return path.removeprefix("/opt/ml/").strip("/")


def _checkpoints_in(doc: dict[str, Any]) -> tuple[Input, ...]:
    if "CheckpointConfig" not in doc:
        return ()
    return (Input(_checkpoint_path(doc), doc["CheckpointConfig"]["S3Uri"].rstrip("/") + "/", required=False),)


def _checkpoints_out(doc: dict[str, Any]) -> tuple[Output, ...]:
    if "CheckpointConfig" not in doc:
        return ()
    return (Output(_checkpoint_path(doc), doc["CheckpointConfig"]["S3Uri"], "files", "continuous"),)
