"""A pipeline of small steps whose jobs do what a test says, and the controllers and consumers that move it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.consumers import Consumers
from clary.server.loop import Controllers
from tests.support.images import SKLEARN, XGBOOST
from tests.support.sagemaker_requests import INFERENCE

Json = dict[str, Any]


def get(path: str) -> Json:
    return {"Get": path}


def training(name: str, role: str, source: Any = "s3://bucket/train", **members: Any) -> Json:
    """Return a Training step of the built-in XGBoost."""
    data = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}}
    arguments = {
        "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        "HyperParameters": {"num_round": "3"},
        "InputDataConfig": [{"ChannelName": "train", "ContentType": "text/csv", "DataSource": data}],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "RoleArn": role,
        **members.pop("Arguments", {}),
    }
    return {"Name": name, "Type": "Training", "Arguments": arguments, **members}


def processing(name: str, role: str, *arguments: str, source: Any = "s3://bucket/in", **members: Any) -> Json:
    """Return a Processing step with an output `out` and a property file `Report` in it."""
    given = {
        "S3Uri": source,
        "LocalPath": "/opt/ml/processing/in",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    output = {"S3Uri": "s3://bucket/made", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    request = {
        "AppSpecification": {"ImageUri": SKLEARN, "ContainerEntrypoint": ["python3", "x.py", *arguments]},
        "ProcessingInputs": [{"InputName": "in", "S3Input": given}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": output}]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
        },
        "RoleArn": role,
    }
    file = {"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}
    return {"Name": name, "Type": "Processing", "Arguments": request, "PropertyFiles": [file], **members}


def fail(name: str, message: Any = "no", **members: Any) -> Json:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **members}


def condition(name: str, left: Any, right: Any, yes: list[Json], no: list[Json], **members: Any) -> Json:
    """Return a Condition step that compares for equality."""
    held = {"Type": "Equals", "LeftValue": left, "RightValue": right}
    arguments = {"Conditions": [held], "IfSteps": yes, "ElseSteps": no}
    return {"Name": name, "Type": "Condition", "Arguments": arguments, **members}


def model(name: str, role: str, data: Any = "s3://bucket/model.tar.gz", **members: Any) -> Json:
    request = {"ExecutionRoleArn": role, "PrimaryContainer": {"Image": XGBOOST, "ModelDataUrl": data}}
    return {"Name": name, "Type": "Model", "Arguments": request, **members}


def register(name: str, group: str = "models", **members: Any) -> Json:
    request = {"ModelPackageGroupName": group, "InferenceSpecification": INFERENCE}
    return {"Name": name, "Type": "RegisterModel", "Arguments": request, **members}


def definition(*steps: Json, **members: Any) -> str:
    return json.dumps({"Version": "2020-12-01", "Steps": list(steps), **members})


class Bench:
    """Starts pipelines and moves them."""

    def __init__(
        self,
        sm: Any,
        role: str,
        platform: Platform,
        controllers: Controllers,
        clock: FakeClock,
        runs: FakeExecutor,
    ) -> None:
        self.sm, self.role, self.clock, self.runs = sm, role, clock, runs
        self.platform, self.controllers = platform, controllers
        self._consumers = Consumers(platform)

    def create(self, *steps: Json, name: str = "p", **members: Any) -> str:
        """Create a pipeline of these steps; return its name."""
        self.sm.create_pipeline(
            PipelineName=name, PipelineDefinition=definition(*steps, **members), RoleArn=self.role
        )
        return name

    def start(self, *steps: Json, name: str = "p", given: dict[str, str] | None = None, **more: Any) -> str:
        """Start an execution, of a new pipeline where there are steps; return its ARN."""
        if steps:
            self.create(*steps, name=name, **more.pop("members", {}))
        values = [{"Name": one, "Value": value} for one, value in (given or {}).items()]
        asked = {"PipelineName": name, "PipelineParameters": values, **more}
        return self.sm.start_pipeline_execution(**asked)["PipelineExecutionArn"]

    def turn(self, times: int = 8, seconds: float = 0.3) -> None:
        """Let the consumers and the controllers look, some times."""
        for _ in range(times):
            self._consumers.once()
            self.controllers.once()
            self.clock.advance(seconds)

    def job(self, step: str) -> str:
        """Return the run of a step's job that goes on."""
        (run,) = (one for one in self.runs.runs() if f"-{step}-" in one and self.runs.goes_on(one))
        return run

    def end(self, step: str, code: int = 0, **members: Any) -> None:
        """Let the program of a step's job end, and the pipeline go on."""
        run = self.job(step)
        self.runs.advance(run, steps=(("Running", self.clock.now()),))
        self.turn(3)
        self.runs.finish(run, code, **members)
        self.turn(8)

    def status(self, arn: str) -> str:
        return self.sm.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]

    def steps(self, arn: str) -> dict[str, Json]:
        """Return the steps of an execution by their names."""
        found = self.sm.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
        return {one["StepName"]: one for one in found}

    def statuses(self, arn: str) -> dict[str, str]:
        return {name: step["StepStatus"] for name, step in self.steps(arn).items()}

    def until(self, seen: Callable[[], bool], most: int = 60) -> None:
        """Turn until something is seen."""
        for _ in range(most):
            if seen():
                return
            self.turn(1)
        raise AssertionError("it was not seen")
