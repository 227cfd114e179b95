"""The run of a training job: which files and folders its container finds, and what is taken from it to S3.

Knows nothing of a job's life, which is in life.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from clary.plane import Record
from clary.runs.api import Host, Image, Input, Output, RunSpec
from clary.services.sagemaker import hosts, images, own_images
from clary.services.sagemaker.hosts import below_ml
from clary.services.sagemaker.instances import resources_of
from clary.workloads import containers

DEFAULT_RUNTIME = 86400
CHECKPOINTS, TENSORS, TENSORBOARD = (
    "/opt/ml/checkpoints",
    "/opt/ml/output/tensors",
    "/opt/ml/output/tensorboard",
)


def artifacts(job: Record) -> str:
    """Return where the model is: an archive, or a folder if compression is off."""
    return f"{_base(job)}/model.tar.gz" if _compressed(job) else f"{_base(job)}/model/"


def _base(job: Record) -> str:
    return f"{job.spec['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job.id}/output"


def _compressed(job: Record) -> bool:
    return job.spec["OutputDataConfig"].get("CompressionType", "GZIP") == "GZIP"


def spec_of(job: Record, now: float) -> RunSpec:
    """Return the run of a job that starts now (epoch seconds)."""
    doc = job.spec
    specification, cluster = doc["AlgorithmSpecification"], doc["ResourceConfig"]
    pinned = job.private.get(own_images.PRIVATE)
    image = images.resolve(specification["TrainingImage"])
    channels = doc.get("InputDataConfig", [])
    return RunSpec(
        command=() if pinned else _command(specification, image.train),
        image=_image(specification, pinned) if pinned else None,
        hosts=_hosts(cluster),
        env={
            "TRAINING_JOB_NAME": job.id,
            "TRAINING_JOB_ARN": job.arn,
            "SAGEMAKER_METRICS_DIRECTORY": "/opt/ml/output/metrics/sagemaker",
            **({} if pinned else {"CLARY_IMAGE_TAG": image.tag}),
            **doc.get("Environment", {}),
        },
        files=_files(doc),
        folders=(
            *("model", "output/data", "output/metrics/sagemaker", "checkpoints", "input/data"),
            *(output.path for output in (*_checkpoints_out(doc), *_hook_outputs(job))),
        ),
        inputs=(*(channel_input(channel, specification) for channel in channels), *_checkpoints_in(doc)),
        outputs=(*_outputs(job), *_checkpoints_out(doc), *_hook_outputs(job)),
        resources=resources_of(cluster["InstanceType"], cluster.get("VolumeSizeInGB", 30)),
        deadline=max(1.0, ends_at(job, now)[0] - now),
        network_isolation=doc.get("EnableNetworkIsolation", False),
        sources=tuple(filter(None, (code_of(doc),))),
    )


def _command(specification: dict[str, Any], default: Sequence[str]) -> tuple[str, ...]:
    given = specification.get("ContainerEntrypoint"), specification.get("ContainerArguments")
    return containers.command_of(*given, default)


def _image(specification: dict[str, Any], pinned: dict[str, str]) -> Image:
    """Return the image with its command: `docker run <image> train`, unless the request has another
    (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-dockerfile.html)."""
    entrypoint, arguments = specification.get("ContainerEntrypoint"), specification.get("ContainerArguments")
    if entrypoint is None and arguments is None:
        arguments = ["train"]
    return own_images.of_run(pinned, entrypoint, arguments)


def code_of(doc: dict[str, Any]) -> str:
    """Return the URI of the archive that SDKs give to script mode, whose hyperparameters are JSON; '' without one."""
    given = doc["HyperParameters"].get("sagemaker_submit_directory", "").strip('"')
    return given if given.startswith("s3://") else ""


def ends_at(job: Record, began: float) -> tuple[float, bool]:
    """Return when a job that began at this time must end, and whether MaxWaitTimeInSeconds is what ends it.

    MaxRuntimeInSeconds is for all attempts of a job together
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html).
    """
    stopping = job.spec["StoppingCondition"]
    first = job.observed.get("TrainingStartTime") or began
    runtime = first + stopping.get("MaxRuntimeInSeconds", DEFAULT_RUNTIME)
    wait = job.created + stopping["MaxWaitTimeInSeconds"] if "MaxWaitTimeInSeconds" in stopping else runtime
    return min(runtime, wait), wait < runtime


def _hosts(cluster: dict[str, Any]) -> tuple[Host, ...]:
    group = {
        "instance_group_name": "homogeneousCluster",
        "instance_type": cluster["InstanceType"],
        "hosts": hosts.host_names(cluster["InstanceCount"]),
    }
    config = {
        "current_instance_type": cluster["InstanceType"],
        "current_group_name": "homogeneousCluster",
        "instance_groups": [group],
        "network_interface_name": hosts.NETWORK_INTERFACE,
    }
    return hosts.hosts(cluster["InstanceCount"], "input/config/resourceconfig.json", config)


_OPTIONAL_FILES = {
    "CheckpointConfig": "checkpointconfig",
    "DebugHookConfig": "debughookconfig",
    "TensorBoardOutputConfig": "tensorboardoutputconfig",
    "ProfilerConfig": "profilerconfig",
}


def _files(doc: dict[str, Any]) -> dict[str, str]:
    specification = doc["AlgorithmSpecification"]
    channels = {
        channel["ChannelName"]: channel_config(channel, specification)
        for channel in doc.get("InputDataConfig", [])
    }
    files = {
        "input/config/hyperparameters.json": json.dumps(doc["HyperParameters"]),
        "input/config/inputdataconfig.json": json.dumps(channels),
    }
    for member, name in _OPTIONAL_FILES.items():
        if member in doc:
            files[f"input/config/{name}.json"] = json.dumps(doc[member])
    return files


def channel_config(channel: dict[str, Any], specification: dict[str, Any]) -> dict[str, str]:
    """Return one channel of inputdataconfig.json. Its S3DistributionType has another name in the API."""
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
    key = job.spec["OutputDataConfig"].get("KmsKeyId", "")
    form = "tar.gz" if _compressed(job) else "files"
    model = Output("model", artifacts(job), form, "end-or-stopped", kms_key=key)
    data = Output(
        "output/data", f"{_base(job)}/output.tar.gz", "tar.gz", "always", skip_empty=True, kms_key=key
    )
    return model, data


def _checkpoint_path(doc: dict[str, Any]) -> str:
    return below_ml(doc["CheckpointConfig"].get("LocalPath", CHECKPOINTS))


def _checkpoints_in(doc: dict[str, Any]) -> tuple[Input, ...]:
    if "CheckpointConfig" not in doc:
        return ()
    return (Input(_checkpoint_path(doc), doc["CheckpointConfig"]["S3Uri"].rstrip("/") + "/", required=False),)


def _checkpoints_out(doc: dict[str, Any]) -> tuple[Output, ...]:
    if "CheckpointConfig" not in doc:
        return ()
    return (Output(_checkpoint_path(doc), doc["CheckpointConfig"]["S3Uri"], "files", "continuous"),)


# Member -> the default path in the container, and the folder of the job in S3 that SDKs read
# (Estimator.latest_job_tensorboard_artifacts_path, latest_job_debugger_artifacts_path).
_HOOKS = {
    "TensorBoardOutputConfig": (TENSORBOARD, "tensorboard-output"),
    "DebugHookConfig": (TENSORS, "debug-output"),
}


def _hook_outputs(job: Record) -> tuple[Output, ...]:
    """Return the outputs for TensorBoard and the debugger, which go to S3 while the program runs."""
    return tuple(
        Output(
            below_ml(job.spec[member].get("LocalPath", default)),
            f"{job.spec[member]['S3OutputPath'].rstrip('/')}/{job.id}/{folder}",
            "files",
            "continuous",
        )
        for member, (default, folder) in _HOOKS.items()
        if member in job.spec
    )
