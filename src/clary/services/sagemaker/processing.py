"""Processing jobs: a container, its inputs and its outputs."""

from __future__ import annotations

import json
from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Document, Hooks, Noun, Record, Step, World
from clary.runs.api import Input, Output, RunSpec, RunState
from clary.services.sagemaker import (
    containers,
    images,
    jobs,
    members,
    metric_lines,
    requests,
    roles,
)
from clary.services.sagemaker.executions import MARK
from clary.services.sagemaker.instances import resources_of
from clary.services.sagemaker.service import sagemaker

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
_LONGEST_MESSAGE = 1024


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """What the model cannot say."""
    images.resolve(params["AppSpecification"]["ImageUri"])
    cluster = params["ProcessingResources"]["ClusterConfig"]
    for member in ("InstanceCount", "InstanceType"):
        requests.present(cluster, member, "processingResources.clusterConfig.")
    inputs = params.get("ProcessingInputs", [])
    outputs = params.get("ProcessingOutputConfig", {}).get("Outputs", [])
    requests.unique([item["InputName"] for item in inputs], "Input names")
    requests.unique([item["OutputName"] for item in outputs], "Output names")
    for item in inputs:
        _check_place(item, item.get("S3Input"), item["InputName"])
        _check_reading(item.get("S3Input", {}))
    for item in outputs:
        _check_place(item, item.get("S3Output"), item["OutputName"])
    requests.s3_only("CreateProcessingJob", params, "ProcessingInputs", "ProcessingOutputConfig")
    roles.require(ctx, params["RoleArn"], f"processing-job/{params['ProcessingJobName']}")


def _check_place(item: dict[str, Any], place: dict[str, Any] | None, name: str) -> None:
    """LocalPath is required unless the application moves the data itself
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html)."""
    if place is None:
        raise validation(f"The S3 location of {name} must be given.")
    if "LocalPath" not in place and not item.get("AppManaged"):
        raise validation(f"LocalPath of {name} is required when AppManaged is false.")
    requests.local_path(place.get("LocalPath"), "/opt/ml/processing", name)


def _check_reading(source: dict[str, Any]) -> None:
    """S3CompressionType is for pipes alone, and how the pipes of a processing job are called is not documented."""
    if source.get("S3InputMode", "File") != "File":
        raise not_implemented("sagemaker", f"CreateProcessingJob with S3InputMode {source['S3InputMode']}")
    if source.get("S3CompressionType", "None") != "None":
        raise validation("S3CompressionType Gzip can only be used if S3InputMode is Pipe.")


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    spec = {
        "StoppingCondition": params.get("StoppingCondition", {"MaxRuntimeInSeconds": 86400}),
        "Environment": params.get("Environment", {}),
    }
    return Document(spec, _schedule_of(ctx, spec["Environment"]))


def _schedule_of(ctx: Context, environment: dict[str, str]) -> dict[str, str]:
    """An execution of a monitoring schedule says whose it is."""
    name = environment.get(MARK)
    return {"MonitoringScheduleArn": ctx.arn(f"monitoring-schedule/{name}")} if name else {}


def delete(ctx: Context, job: Record) -> None:
    ctx.after_commit(lambda: containers.drop([containers.run_id(job)], ctx.platform.runs))


processing_job = sagemaker.noun(
    Noun(
        "ProcessingJob",
        arn="processing-job/{ProcessingJobName}",
        states=jobs.states("ProcessingJobStatus"),
        accepts=members.PROCESSING_JOB,
        hooks=Hooks(allow=allow, stamp=stamp, delete=delete),
        errors=jobs.ERRORS,
    )
)


@sagemaker.controller(processing_job)
def process(job: Record, world: World) -> Step:
    """Move one job one step."""
    return jobs.move(job, world, _KIND)


def _end(job: Record, world: World, state: RunState) -> jobs.End:
    """What the program said of its end, and the metrics that it wrote down: those are published as the job's role, which
    needs cloudwatch:PutMetricData (https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html)."""
    status, reason = jobs.ending(job, state)
    if status == "Completed" and state.message_unreadable:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-metadata.html
        status, reason = "Failed", "ClientError: The data in /opt/ml/output/message is not UTF-8 encoded."
    changes = {"ExitMessage": state.message[:_LONGEST_MESSAGE]} if state.message else {}
    written = world.runs.file(containers.run_id(job), "algo-1", metric_lines.PATH)
    calls = metric_lines.calls(written or b"", job.spec["RoleArn"])
    return jobs.End(status, reason, changes, tuple(calls))


def spec_of(job: Record) -> RunSpec:
    """The run of a job. Its configuration lies in /opt/ml/config, not in input/config."""
    doc = job.spec
    application, cluster = doc["AppSpecification"], doc["ProcessingResources"]["ClusterConfig"]
    image = images.resolve(application["ImageUri"])
    inputs = [item for item in doc.get("ProcessingInputs", []) if not item.get("AppManaged")]
    outputs = [
        item
        for item in doc.get("ProcessingOutputConfig", {}).get("Outputs", [])
        if not item.get("AppManaged")
    ]
    config = {
        "current_instance_type": cluster["InstanceType"],
        "network_interface_name": containers.NETWORK_INTERFACE,
    }
    default = image.command or ("{python}",)
    return RunSpec(
        command=containers.command_of(
            application.get("ContainerEntrypoint"), application.get("ContainerArguments"), default
        ),
        hosts=containers.hosts(cluster["InstanceCount"], "config/resourceconfig.json", config),
        env={"PROCESSING_JOB_NAME": job.id, "CLARY_IMAGE_TAG": image.tag, **doc.get("Environment", {})},
        files={"config/processingjobconfig.json": json.dumps(echo(job))},
        folders=(
            "processing",
            "output",
            "output/metrics",
            *(_inside(o["S3Output"]["LocalPath"]) for o in outputs),
        ),
        inputs=tuple(_input(item["S3Input"]) for item in inputs),
        outputs=tuple(_output(item["S3Output"]) for item in outputs),
        resources=resources_of(cluster["InstanceType"], cluster.get("VolumeSizeInGB", 30)),
        deadline=float(doc["StoppingCondition"].get("MaxRuntimeInSeconds", 86400)),
        network_isolation=doc.get("NetworkConfig", {}).get("EnableNetworkIsolation", False),
        keep=(metric_lines.PATH,),
    )


_KIND = jobs.Kind(
    group=LOG_GROUP,
    began="ProcessingStartTime",
    ended="ProcessingEndTime",
    hosts=lambda job: job.spec["ProcessingResources"]["ClusterConfig"]["InstanceCount"],
    spec=lambda job, world: (spec_of(job), job.spec["RoleArn"]),
    end=_end,
)


def echo(job: Record) -> dict[str, Any]:
    """processingjobconfig.json: the request with its defaults filled in and what is absent as null."""
    doc = {**job.spec, **job.observed}
    absent = dict.fromkeys(
        ("NetworkConfig", "ExperimentConfig", "ProcessingInputs", "ProcessingOutputConfig")
    )
    return {**absent, **doc, "ProcessingJobName": job.id, "ProcessingJobArn": job.arn}


def _inside(path: str) -> str:
    return path.removeprefix("/opt/ml/").strip("/")


def _input(source: dict[str, Any]) -> Input:
    return Input(
        path=_inside(source["LocalPath"]),
        source=source["S3Uri"],
        kind="manifest" if source["S3DataType"] == "ManifestFile" else "prefix",
        sharded=source.get("S3DataDistributionType") == "ShardedByS3Key",
    )


def _output(target: dict[str, Any]) -> Output:
    when = "continuous" if target["S3UploadMode"] == "Continuous" else "end"
    return Output(_inside(target["LocalPath"]), target["S3Uri"], "files", when)
