"""Requests for small real jobs and models: plain Python scripts on AWS's base image, a scikit-learn model as archive."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from tests.support.images import PYTHON_IMAGE, SKLEARN
from tests.support.waiting import until


def put_script(live: Any, script: str, name: str = "main") -> None:
    """Lay a script where `script_job` finds it. An entry point itself is at most 256 characters (the model)."""
    live.client("s3").put_object(Bucket="data", Key=f"code/{name}/main.py", Body=script.encode())


def script_job(role: str, name: str, script: str = "main", **changes: Any) -> dict[str, Any]:
    """CreateTrainingJob for a script that was put; bucket `data` takes its outputs."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": PYTHON_IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "/opt/ml/input/data/code/main.py"],
        },
        "InputDataConfig": [channel(f"s3://data/code/{script}/", "code")],
        "RoleArn": role,
        "OutputDataConfig": {"S3OutputPath": "s3://data/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **changes,
    }


def channel(uri: str, name: str = "train") -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
    }


def archive(files: dict[str, bytes]) -> bytes:
    """A tar.gz of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


# The smallest model there is: the inference hooks of the scikit-learn container alone
# (https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#load-a-model).
DOUBLING = b"""
def model_fn(folder): return 2
def input_fn(body, kind): return [float(x) for x in (body.decode() if isinstance(body, bytes) else body).split(",")]
def predict_fn(data, model): return [model * x for x in data]
def output_fn(answer, accept): return ",".join(str(x) for x in answer), "text/csv"
"""


def deploy(live: Any, role: str, archive_uri: str, name: str = "e") -> None:
    """CreateModel, CreateEndpointConfig and CreateEndpoint, all under one name."""
    sm = live.client("sagemaker")
    container = {
        "Image": SKLEARN,
        "ModelDataUrl": archive_uri,
        "Environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        },
    }
    sm.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {
        "VariantName": "A",
        "ModelName": name,
        "InstanceType": "ml.t2.medium",
        "InitialInstanceCount": 1,
    }
    sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sm.create_endpoint(EndpointName=name, EndpointConfigName=name)


def status(live: Any, name: str) -> str:
    """Return the status of a training job."""
    return live.client("sagemaker").describe_training_job(TrainingJobName=name)["TrainingJobStatus"]


def ended(live: Any, name: str) -> dict[str, Any]:
    """Wait for the end of a training job and describe it."""
    sm = live.client("sagemaker")
    until(lambda: status(live, name) not in ("InProgress", "Stopping"), 60, 0.1)
    return sm.describe_training_job(TrainingJobName=name)


_JOBS = ("training", "processing", "transform")


def end_all_work(live: Any) -> None:
    """Delete every endpoint and schedule, stop every job, and wait until none is left.

    What one test file leaves running on a shared platform, the next waits for: capacity, processors, a port.
    """
    sm = live.client("sagemaker")
    ended = False

    def nothing_left() -> bool:
        nonlocal ended
        left = _work(sm)
        for end in left.values():
            with suppress(ClientError):  # it may be about to end, or not be ready to be told so
                end()
        ended = not left
        return ended

    with suppress(AssertionError):
        until(nothing_left, 60, 0.2)
    assert ended, f"this file left on the shared platform what does not end: {sorted(_work(sm))}"


def _work(sm: Any) -> dict[str, Callable[[], Any]]:
    """All that is at work, by its name, and how to end it."""
    found: dict[str, Callable[[], Any]] = {}
    for page in sm.get_paginator("list_monitoring_schedules").paginate():
        for one in page["MonitoringScheduleSummaries"]:
            name = one["MonitoringScheduleName"]
            found[f"schedule {name}"] = lambda name=name: sm.delete_monitoring_schedule(
                MonitoringScheduleName=name
            )
    for page in sm.get_paginator("list_endpoints").paginate():
        for one in page["Endpoints"]:
            name = one["EndpointName"]
            found[f"endpoint {name}"] = lambda name=name: sm.delete_endpoint(EndpointName=name)
    for kind in _JOBS:
        found |= _jobs(sm, kind)
    return found


def _jobs(sm: Any, kind: str) -> dict[str, Callable[[], Any]]:
    """The jobs of a kind that have not ended."""
    member, key = f"{kind.title()}JobSummaries", f"{kind.title()}JobName"
    stop = getattr(sm, f"stop_{kind}_job")
    found: dict[str, Callable[[], Any]] = {}
    for status in ("InProgress", "Stopping"):
        for page in sm.get_paginator(f"list_{kind}_jobs").paginate(StatusEquals=status):
            for one in page[member]:
                found[f"{kind} job {one[key]}"] = lambda name=one[key]: stop(**{key: name})
    return found
