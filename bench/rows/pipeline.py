"""Row 12: what a step of a pipeline takes beyond its job; 200 steps in a chain for a look at what grows; a page of executions."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.ours import Ours
from bench.rows.jobs import IMAGE, Jobs
from bench.table import Goal, Line, median

ROW = 12
_STEPS = 10
_MOST_BEYOND = 60.0  # milliseconds
_FEW, _MANY = 50, 200
_EXECUTIONS = 100
_ALWAYS = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}


def measure(folder: Path, seconds: float, rounds: int) -> list[Line]:
    """The lines of this row. `seconds` is not used."""
    with Ours(folder) as clary:
        pipelines = _Pipelines(clary)
        jobs = Jobs(clary, pipelines.role)
        jobs.job("warm-up")
        pipelines.run("warm-up", [_training(0, pipelines.role)])
        beyond, alone, whole = [], [], []
        for turn in range(rounds):
            alone += [jobs.job(f"alone-{turn}-{n}") for n in range(_STEPS)]
            steps = [_training(n, pipelines.role) for n in range(_STEPS)]
            whole.append(pipelines.run(f"steps-{turn}", steps) / _STEPS)
            beyond += pipelines.gaps(f"steps-{turn}")
        few, many = (pipelines.cpu(f"chain-{size}", size) for size in (_FEW, _MANY))
        page = pipelines.page("pages")
    peers = {"ZenML, reference": 360.0, "Metaflow, reference": 1400.0}
    note = (
        f"from the end of a job to the next job; an execution of {_STEPS} steps takes {median(whole):.0f} ms a step, a job by "
        f"itself {median(alone):.0f} ms"
    )
    chain = f"{few:.1f} ms of CPU a step without a job in a chain of {_FEW} steps, {many:.1f} ms in one of {_MANY}"
    return [
        Line(
            ROW,
            "pipeline step beyond its job",
            "ms",
            Goal("less", 0.17, 1),
            median(beyond),
            peers,
            _MOST_BEYOND,
            note,
        ),
        Line(ROW, f"CPU a step, {_MANY} steps", "ms", Goal("less", None, 1.5), many, {}, few, chain),
        Line(ROW, f"a page of {_EXECUTIONS} executions", "ms", Goal("less", None, 1), page, {}, 50.0),
    ]


def _training(number: int, role: str) -> dict[str, Any]:
    """A step whose program ends at once, behind the one before."""
    request = {
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/true"],
        },
        "RoleArn": role,
        "OutputDataConfig": {"S3OutputPath": "s3://bench/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    return {"Name": f"s{number}", "Type": "Training", "Arguments": request, **_behind(number)}


def _behind(number: int) -> dict[str, Any]:
    return {"DependsOn": [f"s{number - 1}"]} if number else {}


def _gate(number: int) -> dict[str, Any]:
    """A step without a job."""
    return {
        "Name": f"s{number}",
        "Type": "Condition",
        "Arguments": {"Conditions": [_ALWAYS]},
        **_behind(number),
    }


class _Pipelines:
    """Starts pipelines and waits for them."""

    def __init__(self, clary: Ours) -> None:
        self._server = clary.server
        self._sagemaker = clary.client("sagemaker")
        clary.client("s3").create_bucket(Bucket="bench")
        self.role = clary.role()
        clary.client("iam").attach_role_policy(
            RoleName="Bench", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
        )

    def run(self, name: str, steps: list[dict[str, Any]]) -> float:
        """Milliseconds from StartPipelineExecution to Succeeded, as a client sees it."""
        definition = json.dumps({"Version": "2020-12-01", "Steps": steps})
        self._sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition, RoleArn=self.role)
        began = time.perf_counter()
        arn = self._sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
        while True:
            said = self._sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            if said["PipelineExecutionStatus"] == "Succeeded":
                return (time.perf_counter() - began) * 1e3
            if said["PipelineExecutionStatus"] != "Executing" or time.perf_counter() - began > 300:
                raise RuntimeError(f"the execution did not succeed: {said}")
            time.sleep(0.005)

    def gaps(self, name: str) -> list[float]:
        """Milliseconds from the moment at which a job was seen to be Completed to the creation of the next one."""
        (found,) = self._sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
        steps = self._sagemaker.list_pipeline_execution_steps(
            PipelineExecutionArn=found["PipelineExecutionArn"], SortOrder="Ascending"
        )["PipelineExecutionSteps"]
        names = [step["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2] for step in steps]
        jobs = [self._sagemaker.describe_training_job(TrainingJobName=one) for one in names]
        return [
            (later["CreationTime"] - one["LastModifiedTime"]).total_seconds() * 1e3
            for one, later in pairwise(jobs)
        ]

    def cpu(self, name: str, size: int) -> float:
        """Milliseconds of CPU of all processes for each step of a chain of steps without jobs."""
        before = self._server.cpu()
        self.run(name, [_gate(number) for number in range(size)])
        return (self._server.cpu() - before) * 1e3 / size

    def page(self, name: str) -> float:
        """Milliseconds of a page of executions."""
        self.run(name, [_gate(0)])
        for _ in range(_EXECUTIONS):
            self._sagemaker.start_pipeline_execution(PipelineName=name)
        took = []
        for _ in range(20):
            began = time.perf_counter()
            found = self._sagemaker.list_pipeline_executions(PipelineName=name, MaxResults=_EXECUTIONS)
            took.append((time.perf_counter() - began) * 1e3)
            assert len(found["PipelineExecutionSummaries"]) == _EXECUTIONS
        return median(took)
