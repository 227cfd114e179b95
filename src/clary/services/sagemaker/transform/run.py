"""The run of a transform job: an agent that sends every object to the model's own server, and what is taken
to S3.

Knows nothing of a job's life, which is in life.py.
"""

from __future__ import annotations

import json
from typing import Any

from clary.plane import Record
from clary.runs.api import Input, Output, RunSpec
from clary.services.sagemaker import hosts
from clary.services.sagemaker.hosting.serving import Served
from clary.services.sagemaker.instances import resources_of

AGENT = ("{python}", "-m", "clary_programs.agents.transform")
_DEFAULT_DEADLINE = 5 * 86400.0


def count_of(job: Record) -> int:
    """Return how many hosts a job has."""
    return job.spec["TransformResources"]["InstanceCount"]


def spec_of(job: Record, serving: Served) -> RunSpec:
    """Return the run of a job: the agent, which starts the model's own server beside itself."""
    doc = job.spec
    cluster, source = doc["TransformResources"], doc["TransformInput"]["DataSource"]["S3DataSource"]
    config = {**doc, **job.observed}
    config |= {
        "TransformJobName": job.id,
        "TransformJobArn": job.arn,
        **_server(serving),
    }
    settings = {
        "current_instance_type": cluster["InstanceType"],
        "network_interface_name": hosts.NETWORK_INTERFACE,
    }
    return RunSpec(
        command=AGENT,
        image=serving.image,
        sockets=serving.image is not None,
        hosts=hosts.hosts(cluster["InstanceCount"], "config/resourceconfig.json", settings),
        env={
            **serving.env,
            **doc.get("Environment", {}),
            "SAGEMAKER_BATCH": "true",
            **(_settings(doc) if serving.image else {}),
            "TRANSFORM_JOB_NAME": job.id,
            "TRANSFORM_JOB_ARN": job.arn,  # by which load_run of the SDKs finds the job's ExperimentConfig
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


def _server(serving: Served) -> dict[str, Any]:
    """Return how the agent finds the model's server: it starts one of the platform's own, and awaits one in an image."""
    if serving.image:
        return {"ServedBeside": True}
    return {"ServeCommand": [word.replace("{python}", "python3") for word in serving.command]}


_STRATEGIES = {"SingleRecord": "SINGLE_RECORD", "MultiRecord": "MULTI_RECORD"}


def _settings(doc: dict[str, Any]) -> dict[str, str]:
    """Return the variables that tell a container what the request asks for
    (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html)."""
    given = {
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": doc.get("MaxConcurrentTransforms"),
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": doc.get("MaxPayloadInMB"),
        "SAGEMAKER_BATCH_STRATEGY": _STRATEGIES.get(doc.get("BatchStrategy", "")),
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def _outputs(doc: dict[str, Any]) -> tuple[Output, ...]:
    """Return the output for the answers, and with data capture the one for manifests of what was read and
    written."""
    wanted = doc["TransformOutput"]
    key = wanted.get("KmsKeyId", "")
    answers = Output("processing/transform/output", wanted["S3OutputPath"], "files", "always", kms_key=key)
    if "DataCaptureConfig" not in doc:
        return (answers,)
    capture = doc["DataCaptureConfig"]
    target, key = capture["DestinationS3Uri"], capture.get("KmsKeyId", "")
    return answers, Output("processing/transform/capture", target, "files", "always", kms_key=key)
