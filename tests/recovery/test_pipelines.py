"""A pipeline whose processes are killed comes to the result of one that was left alone: every step succeeds, and every program
starts once.

CLARY_KILLS says how many kills (default 6; `./run trial kill` makes it 50, over as many executions as that takes), CLARY_KILL_SEED
repeats a sequence.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import signal
import tarfile
import threading
import time
from typing import Any

import pytest

from tests.recovery import victims
from tests.support.live import Live, make_role
from tests.support.live_jobs import channel, put_script, script_job
from tests.support.waiting import until

KILLS = int(os.environ.get("CLARY_KILLS", "6"))
pytestmark = [pytest.mark.recovery, pytest.mark.timeout(300 + 10 * KILLS)]

SEED = int(os.environ.get("CLARY_KILL_SEED") or time.time())
_VICTIMS = {"controllers": 4, "gateway": 1, "warden": 1}
# Its model tells what came before it, and how often the program began.
SCRIPT = """
import os, sys, time, uuid
mark = uuid.uuid4().hex
open("/opt/ml/model/starts", "a").write(mark + "\\n")
before = "/opt/ml/input/data/before"
open("/opt/ml/model/has", "w").write(str(len(os.listdir(before)) if os.path.isdir(before) else 0))
time.sleep(0.3)
"""
ALWAYS = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}


@pytest.fixture
def role(live: Live) -> str:
    live.client("s3").create_bucket(Bucket="data")
    arn = make_role(live)
    live.client("iam").attach_role_policy(
        RoleName=arn.rpartition("/")[2], PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    )
    put_script(live, SCRIPT)
    return arn


def training(role: str, name: str, *after: str) -> dict[str, Any]:
    """Return a step that reads the model of the first step that it comes after."""
    request = script_job(role, "x")
    del request["TrainingJobName"]
    if after:
        source = {"Get": f"Steps.{after[0]}.ModelArtifacts.S3ModelArtifacts"}
        before = channel("")
        before["ChannelName"] = "before"
        before["DataSource"]["S3DataSource"]["S3Uri"] = source
        request["InputDataConfig"].append(before)
    return {"Name": name, "Type": "Training", "Arguments": request, "DependsOn": list(after)}


def definition(role: str) -> str:
    """Return ten steps: two branches of jobs, a condition between them, and a model that is registered."""
    model = {"Get": "Steps.g.ModelArtifacts.S3ModelArtifacts"}
    container = {
        "Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        "ModelDataUrl": model,
    }
    specification = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    register = {"ModelPackageGroupName": "models", "InferenceSpecification": specification}
    inside = [training(role, "f"), {"Name": "r", "Type": "RegisterModel", "Arguments": register}]
    steps = [
        training(role, "a"),
        training(role, "b", "a"),
        training(role, "c", "a"),
        training(role, "d", "b", "c"),
        training(role, "g", "d"),
        {
            "Name": "gate",
            "Type": "Condition",
            "Arguments": {"Conditions": [ALWAYS], "IfSteps": inside, "ElseSteps": [training(role, "no")]},
            "DependsOn": ["d"],
        },
        training(role, "h", "g", "gate"),
        training(role, "i", "h"),
    ]
    return json.dumps({"Version": "2020-12-01", "Steps": steps})


JOBS = set("abcdfghi")


def start(live: Live, role: str) -> str:
    """Start an execution of the pipeline, which is made for the first one."""
    sm = live.client("sagemaker")
    if not sm.list_pipelines()["PipelineSummaries"]:
        sm.create_pipeline(PipelineName="p", PipelineDefinition=definition(role), RoleArn=role)
    return sm.start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"]


def check(live: Live, arn: str) -> None:
    """The execution succeeded, and its jobs are those of its steps, each started once."""
    sm = live.client("sagemaker")
    try:
        until(lambda: ended(sm, arn), 180, 0.2)
    except AssertionError:  # say what it waits for
        for step in sm.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]:
            print(step["StepName"], step["StepStatus"], step.get("Metadata"))
        for job in sm.list_training_jobs()["TrainingJobSummaries"]:
            found = sm.describe_training_job(TrainingJobName=job["TrainingJobName"])
            print(job["TrainingJobName"], found["SecondaryStatus"], found["SecondaryStatusTransitions"])
        for path in sorted((live.home.path / "runs").glob("*/state.json")):
            print(path.parent.name, path.read_text()[:500])
        raise
    steps = {
        one["StepName"]: one
        for one in sm.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    }
    statuses = {name: (one["StepStatus"], one["AttemptCount"]) for name, one in steps.items()}
    assert statuses == dict.fromkeys(JOBS | {"gate", "r"}, ("Succeeded", 1)), steps
    of_execution = {"NameContains": arn.rpartition("/")[2], "MaxResults": 100}
    made = [job["TrainingJobName"] for job in sm.list_training_jobs(**of_execution)["TrainingJobSummaries"]]
    told = [steps[name]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2] for name in JOBS]
    assert sorted(made) == sorted(told)
    for name in made:
        assert starts_of(live, name) == 1, name


def check_packages(live: Live, executions: int) -> None:
    """Each execution has registered one model."""
    found = live.client("sagemaker").list_model_packages(ModelPackageGroupName="models", MaxResults=100)
    assert len(found["ModelPackageSummaryList"]) == executions


def ended(sm: Any, arn: str) -> bool:
    found = sm.describe_pipeline_execution(PipelineExecutionArn=arn)
    return found["PipelineExecutionStatus"] not in ("Executing", "Stopping")


def starts_of(live: Live, name: str) -> int:
    """Return how often the program of a job has begun."""
    job = live.client("sagemaker").describe_training_job(TrainingJobName=name)
    bucket, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    body = live.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return len((tar.extractfile("starts") or io.BytesIO()).read().split())


def test_every_step_runs_once_whatever_is_killed(live: Live, role: str) -> None:
    print(f"\nCLARY_KILLS={KILLS} CLARY_KILL_SEED={SEED}")
    chance, executions = random.Random(SEED), [start(live, role)]
    for _ in range(KILLS):
        threading.Event().wait(chance.uniform(0.0, 0.7))  # the moment of the kill is the subject of this test
        victims.kill(live, chance, _VICTIMS)
        until(victims.complete(live), 30)
        if ended(live.client("sagemaker"), executions[-1]):
            executions.append(start(live, role))
    for arn in executions:
        check(live, arn)
    check_packages(live, len(executions))


def test_all_processes_die_at_once_and_a_new_start_goes_on(live: Live, role: str) -> None:
    arn = start(live, role)
    sm = live.client("sagemaker")
    until(lambda: len(sm.list_training_jobs()["TrainingJobSummaries"]) > 2, 60)
    for pid in live.pids("clary.server"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: not live.healthy())
    live.start()
    check(live, arn)
    check_packages(live, 1)
