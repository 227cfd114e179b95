"""The run of a processing job: which files and folders its container finds, and what is taken from it to S3.

Knows nothing of a job's life, which is in life.py.
"""

from __future__ import annotations

import json
from typing import Any

from clary.plane import Record
from clary.runs.api import Input, Output, RunSpec
from clary.services.sagemaker import hosts, images, own_images
from clary.services.sagemaker.hosts import below_ml
from clary.services.sagemaker.instances import resources_of
from clary.services.sagemaker.processing import metric_lines
from clary.workloads import containers


def count_of(job: Record) -> int:
    """Return how many hosts a job has."""
    return job.spec["ProcessingResources"]["ClusterConfig"]["InstanceCount"]


def spec_of(job: Record) -> RunSpec:
    """Return the run of a job. Its configuration is in /opt/ml/config, not in input/config as that of a
    training job."""
    doc = job.spec
    application, cluster = doc["AppSpecification"], doc["ProcessingResources"]["ClusterConfig"]
    image = images.resolve(application["ImageUri"])
    inputs = [item for item in doc.get("ProcessingInputs", []) if not item.get("AppManaged")]
    wanted = doc.get("ProcessingOutputConfig", {})
    outputs = [item for item in wanted.get("Outputs", []) if not item.get("AppManaged")]
    config = {
        "current_instance_type": cluster["InstanceType"],
        "network_interface_name": hosts.NETWORK_INTERFACE,
    }
    pinned = job.private.get(own_images.PRIVATE)
    entrypoint, arguments = application.get("ContainerEntrypoint"), application.get("ContainerArguments")
    return RunSpec(
        command=()
        if pinned
        else containers.command_of(entrypoint, arguments, image.command or ("{python}",)),
        image=own_images.of_run(pinned, entrypoint, arguments) if pinned else None,
        hosts=hosts.hosts(cluster["InstanceCount"], "config/resourceconfig.json", config),
        env={
            "PROCESSING_JOB_NAME": job.id,
            **({} if pinned else {"CLARY_IMAGE_TAG": image.tag}),
            **doc.get("Environment", {}),
        },
        files={"config/processingjobconfig.json": json.dumps(echo(job))},
        folders=(
            "processing",
            "output",
            "output/metrics",
            *(below_ml(o["S3Output"]["LocalPath"]) for o in outputs),
        ),
        inputs=tuple(_input(item["S3Input"]) for item in inputs),
        outputs=tuple(_output(item["S3Output"], wanted.get("KmsKeyId", "")) for item in outputs),
        resources=resources_of(cluster["InstanceType"], cluster.get("VolumeSizeInGB", 30)),
        deadline=float(doc["StoppingCondition"].get("MaxRuntimeInSeconds", 86400)),
        network_isolation=doc.get("NetworkConfig", {}).get("EnableNetworkIsolation", False),
        keep=(metric_lines.PATH,),
    )


def echo(job: Record) -> dict[str, Any]:
    """Return processingjobconfig.json: the request with its defaults filled in, and null for what is
    absent."""
    doc = {**job.spec, **job.observed}
    absent = dict.fromkeys(
        ("NetworkConfig", "ExperimentConfig", "ProcessingInputs", "ProcessingOutputConfig")
    )
    return {**absent, **doc, "ProcessingJobName": job.id, "ProcessingJobArn": job.arn}


def _input(source: dict[str, Any]) -> Input:
    return Input(
        path=below_ml(source["LocalPath"]),
        source=source["S3Uri"],
        kind="manifest" if source["S3DataType"] == "ManifestFile" else "prefix",
        sharded=source.get("S3DataDistributionType") == "ShardedByS3Key",
    )


def _output(target: dict[str, Any], kms_key: str) -> Output:
    when = "continuous" if target["S3UploadMode"] == "Continuous" else "end"
    return Output(below_ml(target["LocalPath"]), target["S3Uri"], "files", when, kms_key=kms_key)
