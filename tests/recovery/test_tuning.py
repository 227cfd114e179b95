"""A tuning job whose processes are killed comes to the result of one that was left alone: every point is tried once, every
program starts once. CLARY_KILL_SEED repeats a sequence of kills."""

from __future__ import annotations

import contextlib
import io
import os
import random
import signal
import tarfile
import threading
import time
from typing import Any

import pytest

from tests.recovery import victims
from tests.support.images import PYTHON_IMAGE
from tests.support.live import Live, make_role
from tests.support.live_jobs import archive
from tests.support.waiting import until

pytestmark = [pytest.mark.recovery, pytest.mark.timeout(300)]

SEED = int(os.environ.get("CLARY_KILL_SEED") or time.time())
KILLS = 6
_VICTIMS = {"controllers": 4, "gateway": 1, "warden": 1}
SCRIPT = """
import json, time, uuid
given = json.load(open("/opt/ml/input/config/hyperparameters.json"))
open("/opt/ml/model/starts", "a").write(uuid.uuid4().hex + "\\n")
time.sleep(0.3)
print("loss=%s" % abs(int(given["x"]) * 10 + int(given["y"]) - 21))
"""
POINTS = {(x, y) for x in "0123" for y in "012"}


@pytest.fixture
def role(live: Live) -> str:
    live.client("s3").create_bucket(Bucket="data")
    return make_role(live)


def grid(role: str) -> dict[str, Any]:
    values = [{"Name": "x", "Values": list("0123")}, {"Name": "y", "Values": list("012")}]
    return {
        "HyperParameterTuningJobName": "t",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Grid",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxParallelTrainingJobs": 3},
            "ParameterRanges": {"CategoricalParameterRanges": values},
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": {
                "TrainingImage": PYTHON_IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9]+)"}],
            },
            "StaticHyperParameters": {
                "sagemaker_program": '"main.py"',
                "sagemaker_submit_directory": '"s3://data/code.tar.gz"',
            },
            "RoleArn": role,
            "OutputDataConfig": {"S3OutputPath": "s3://data/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        },
    }


def test_every_point_is_tried_once_whatever_is_killed(live: Live, role: str) -> None:
    print(f"\nCLARY_KILL_SEED={SEED}")
    chance = random.Random(SEED)
    code = archive({"main.py": SCRIPT.encode()})
    live.client("s3").put_object(Bucket="data", Key="code.tar.gz", Body=code)
    live.client("sagemaker").create_hyper_parameter_tuning_job(**grid(role))
    for _ in range(KILLS):
        threading.Event().wait(chance.uniform(0.0, 0.7))  # the moment of the kill is the subject of this test
        victims.kill(live, chance, _VICTIMS)
        until(victims.complete(live), 30)
    check(live)


def check(live: Live) -> None:
    """The tuning job completed, and its training jobs are the points of the grid, each started once."""
    sm = live.client("sagemaker")
    found = until(lambda: ended(sm), 120, 0.2)
    assert found["HyperParameterTuningJobStatus"] == "Completed", found.get("FailureReason")
    assert found["TrainingJobStatusCounters"]["Completed"] == len(POINTS)
    assert found["ObjectiveStatusCounters"]["Succeeded"] == len(POINTS)
    assert found["BestTrainingJob"]["TunedHyperParameters"] == {"x": "2", "y": "1"}
    made = sm.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
    assert len(made) == len(POINTS)
    points = [point_of(live, job["TrainingJobName"]) for job in made]
    assert sorted(points) == sorted(POINTS)


def ended(sm: Any) -> dict[str, Any] | None:
    found = sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="t")
    return None if found["HyperParameterTuningJobStatus"] == "InProgress" else found


def point_of(live: Live, name: str) -> tuple[str, str]:
    """The point of a training job, whose program started once."""
    job = live.client("sagemaker").describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "Completed"
    bucket, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    body = live.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        starts = (tar.extractfile("starts") or io.BytesIO()).read().split()
    assert len(starts) == 1, (name, starts)
    return job["HyperParameters"]["x"], job["HyperParameters"]["y"]


def test_all_processes_die_at_once_and_a_new_start_goes_on(live: Live, role: str) -> None:
    code = archive({"main.py": SCRIPT.encode()})
    live.client("s3").put_object(Bucket="data", Key="code.tar.gz", Body=code)
    sm = live.client("sagemaker")
    sm.create_hyper_parameter_tuning_job(**grid(role))
    until(lambda: len(sm.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]) > 3)
    for pid in live.pids("clary.server"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: not live.healthy())
    live.start()
    check(live)
