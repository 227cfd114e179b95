"""Batch transform jobs: a model over every object below a prefix."""

from __future__ import annotations

import json
from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Document, Hooks, Noun, Record, Step, World
from clary.runs.api import Input, Output, RunSpec, RunState
from clary.services.sagemaker import (
    containers,
    failures,
    jobs,
    members,
    packages,
    requests,
    roles,
    stored,
)
from clary.services.sagemaker.instances import resources_of
from clary.services.sagemaker.models import Served, model, served
from clary.services.sagemaker.service import sagemaker

LOG_GROUP = "/aws/sagemaker/TransformJobs"
AGENT = ("{python}", "-m", "clary_programs.agents.transform")
_DEFAULT_DEADLINE = 5 * 86400.0


_MOST_MEGABYTES = 100


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """What the model cannot say."""
    found = model.find(ctx, params["ModelName"])
    if "ExecutionRoleArn" not in found.spec:
        raise validation(f"Model {params['ModelName']} has no execution role, which a transform job needs.")
    source = params["TransformInput"]["DataSource"]["S3DataSource"]
    kind = source["S3DataType"]
    if kind not in ("S3Prefix", "ManifestFile"):
        raise not_implemented("sagemaker", f"CreateTransformJob with S3DataType {kind}")
    requests.s3_only("CreateTransformJob", params, "TransformInput", "TransformOutput", "DataCaptureConfig")
    requests.instances(params["TransformResources"]["InstanceCount"], "transform job")
    _check_payload(params)
    _check_joining(params)
    role = roles.take(ctx, found.spec["ExecutionRoleArn"], f"transform-job/{params['TransformJobName']}")
    stored.require_objects(ctx, source, role)


def _check_payload(params: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html"""
    payload, at_once = params.get("MaxPayloadInMB", 0), params.get("MaxConcurrentTransforms", 0)
    if payload > _MOST_MEGABYTES or payload * at_once > _MOST_MEGABYTES:
        raise validation(
            "The value of MaxPayloadInMB and its product with MaxConcurrentTransforms cannot exceed 100 MB."
        )


def _check_joining(params: dict[str, Any]) -> None:
    if params.get("DataProcessing", {}).get("JoinSource") != "Input":
        return
    if params["TransformOutput"].get("Accept") != params["TransformInput"].get("ContentType"):
        raise validation("Accept and ContentType must be the same when JoinSource is Input.")


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    spec = {
        "TransformInput": {"CompressionType": "None", "SplitType": "None", **params["TransformInput"]},
        "TransformOutput": {"AssembleWith": "None", "KmsKeyId": "", **params["TransformOutput"]},
        "DataProcessing": {
            "InputFilter": "$",
            "OutputFilter": "$",
            "JoinSource": "None",
            **params.get("DataProcessing", {}),
        },
    }
    return Document(spec)


transform_job = sagemaker.noun(
    Noun(
        "TransformJob",
        arn="transform-job/{TransformJobName}",
        states=jobs.states("TransformJobStatus"),
        accepts=members.TRANSFORM_JOB,
        hooks=Hooks(allow=allow, stamp=stamp),
        errors=jobs.ERRORS,
    )
)


@sagemaker.controller(transform_job)
def transform(job: Record, world: World) -> Step:
    """Move one job one step."""
    return jobs.move(job, world, _KIND)


def _spec(job: Record, world: World) -> tuple[RunSpec, str]:
    """The run, as the role of the very model that it serves: another may have taken the name since the job was made."""
    found = world.get(sagemaker.kind("Model"), job.spec["ModelName"])
    if found is None:
        raise jobs.Impossible(f"ClientError: Could not find model {job.spec['ModelName']}.")
    serving = served(found, packages.containers_of(found, world))
    if serving.role is None:
        raise jobs.Impossible(f"ClientError: Model {job.spec['ModelName']} has no execution role.")
    return spec_of(job, serving), serving.role


def _end(job: Record, world: World, state: RunState) -> jobs.End:
    status, reason = jobs.ending(job, state)
    if status == "Failed" and state.failure and not state.reason:
        reason = _reason(state.failure)
    return jobs.End(status, reason)


def _reason(failure: str) -> str:
    """AWS's words: what was wrong is in the log, whose mistake it was in the reason. What a model said of it comes after
    the first line."""
    said = failure.partition("\n")[0]
    if "Bad HTTP status received from algorithm" in said or "ClientError: " in said:
        kind = "ClientError" if "ClientError: " in said else "AlgorithmError"
        return f"{kind}: See job logs for more information"
    return failures.clip(f"AlgorithmError: {failure}")


_KIND = jobs.Kind(
    group=LOG_GROUP,
    began="TransformStartTime",
    ended="TransformEndTime",
    hosts=lambda job: job.spec["TransformResources"]["InstanceCount"],
    spec=_spec,
    end=_end,
    grace=30,
)


def spec_of(job: Record, serving: Served) -> RunSpec:
    """The run of a job: the agent, which starts the model's own server beside it."""
    doc = job.spec
    cluster, source = doc["TransformResources"], doc["TransformInput"]["DataSource"]["S3DataSource"]
    config = {**doc, **job.observed}
    config |= {
        "TransformJobName": job.id,
        "TransformJobArn": job.arn,
        "ServeCommand": [word.replace("{python}", "python3") for word in serving.command],
    }
    settings = {
        "current_instance_type": cluster["InstanceType"],
        "network_interface_name": containers.NETWORK_INTERFACE,
    }
    return RunSpec(
        command=AGENT,
        hosts=containers.hosts(cluster["InstanceCount"], "config/resourceconfig.json", settings),
        env={
            **serving.env,
            **doc.get("Environment", {}),
            "SAGEMAKER_BATCH": "true",
            "TRANSFORM_JOB_NAME": job.id,
        },
        files={"config/transformjobconfig.json": json.dumps(config)},
        folders=("model", "processing/transform/input", "processing/transform/output", "output"),
        inputs=(
            *serving.inputs,
            Input(
                "processing/transform/input",
                source["S3Uri"],
                "manifest" if source["S3DataType"] == "ManifestFile" else "prefix",
                sharded=cluster["InstanceCount"] > 1,
            ),
        ),
        outputs=_outputs(doc),
        resources=resources_of(cluster["InstanceType"], 30),
        deadline=_DEFAULT_DEADLINE,
        network_isolation=serving.network_isolation,
    )


def _outputs(doc: dict[str, Any]) -> tuple[Output, ...]:
    """The answers, and with data capture the manifests of what was read and written."""
    answers = Output("processing/transform/output", doc["TransformOutput"]["S3OutputPath"], "files", "always")
    if "DataCaptureConfig" not in doc:
        return (answers,)
    target = doc["DataCaptureConfig"]["DestinationS3Uri"]
    return answers, Output("processing/transform/capture", target, "files", "always")
