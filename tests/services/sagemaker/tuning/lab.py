"""A laboratory for tuning jobs: training jobs in memory, whose objective is a function of their hyperparameters."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.consumers import Consumers
from clary.server.loop import Controllers
from tests.support.images import PYTHON_IMAGE

Hyperparameters = dict[str, str]
# The values of the objective, epoch by epoch; an exit code for a program that fails.
Program = Callable[[Hyperparameters], Sequence[float] | int]


def tuning_request(
    role: str,
    name: str = "t",
    *,
    strategy: str = "Random",
    most: int | None = 4,
    parallel: int = 1,
    ranges: dict[str, Any] | None = None,
    definition: dict[str, Any] | None = None,
    objective: str = "Minimize",
    **config: Any,
) -> dict[str, Any]:
    """The smallest request for a tuning job that AWS would accept, with a program of the user's own. `config` changes
    HyperParameterTuningJobConfig, `definition` the TrainingJobDefinition."""
    limits = {"MaxParallelTrainingJobs": parallel} | (
        {} if most is None else {"MaxNumberOfTrainingJobs": most}
    )
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": strategy,
            "HyperParameterTuningJobObjective": {"Type": objective, "MetricName": "loss"},
            "ResourceLimits": limits,
            "ParameterRanges": ranges or {"ContinuousParameterRanges": [continuous("x", "0", "1")]},
            "RandomSeed": 7,
            **config,
        },
        "TrainingJobDefinition": {**training_definition(role), **(definition or {})},
    }


def training_definition(role: str, **changes: Any) -> dict[str, Any]:
    """The smallest definition of training jobs, without ranges and objective."""
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train"}
    return {
        "StaticHyperParameters": {"fixed": "1"},
        "AlgorithmSpecification": {
            "TrainingImage": PYTHON_IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([-0-9.e+]+)"}],
        },
        "RoleArn": role,
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **changes,
    }


def continuous(name: str, low: str, high: str, **more: str) -> dict[str, str]:
    return {"Name": name, "MinValue": low, "MaxValue": high, **more}


def categorical(name: str, *values: str) -> dict[str, Any]:
    return {"Name": name, "Values": list(values)}


class Lab:
    """Runs what tuning jobs start. Each run prints one value of its objective in each turn, and ends after the last."""

    def __init__(self, sm: Any, runs: FakeExecutor, controllers: Controllers, clock: FakeClock) -> None:
        self.sm, self.runs, self.controllers, self.clock = sm, runs, controllers, clock
        self.consumers = Consumers(controllers.platform)
        self.program: Program = lambda values: [float(values["x"])]
        self.started: dict[str, Hyperparameters] = {}
        self.epochs = 0
        self._left: dict[str, list[float]] = {}

    def turn(self, seconds: float = 0.6) -> None:
        """Let everything that is due happen once: controllers, consumers, programs."""
        while self.controllers.once():
            self.consumers.once()
        self._programs()
        self.clock.advance(seconds)

    def finish(self, name: str = "t", turns: int = 3000) -> dict[str, Any]:
        """Turn until a tuning job has ended; return how it is described."""
        for _ in range(turns):
            found = self.describe(name)
            if found["HyperParameterTuningJobStatus"] in ("Completed", "Failed", "Stopped"):
                return found
            self.turn()
        raise AssertionError(f"the tuning job has not ended: {found}")

    def run(self, request: dict[str, Any], program: Program | None = None) -> dict[str, Any]:
        """Create a tuning job and finish it."""
        self.program = program or self.program
        self.sm.create_hyper_parameter_tuning_job(**request)
        return self.finish(request["HyperParameterTuningJobName"])

    def describe(self, name: str = "t") -> dict[str, Any]:
        return self.sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)

    def children(self, name: str = "t", **asked: Any) -> list[dict[str, Any]]:
        """All summaries of a tuning job's training jobs, page by page."""
        pages = self.sm.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
            HyperParameterTuningJobName=name, **{"MaxResults": 100, **asked}
        )
        return [one for page in pages for one in page["TrainingJobSummaries"]]

    def _programs(self) -> None:
        for run in list(self.runs.specs):
            phase = self.runs.inspect(run).phase
            if phase == "preparing":
                self._start(run)
            elif phase == "running":
                self._go_on(run)

    def _start(self, run: str) -> None:
        given = json.loads(self.runs.specs[run].files["input/config/hyperparameters.json"])
        self.started[run] = given
        said = self.program(given)
        self.runs.advance(run, steps=(("Running", self.clock.now()),))
        if isinstance(said, int):
            self.runs.finish(run, code=said)
        else:
            self._left[run] = list(said)

    def _go_on(self, run: str) -> None:
        if any(stopped == run for stopped, _ in self.runs.stops):
            self.runs.finish(run, code=0, reason="stopped")
        elif left := self._left[run]:
            self.epochs += 1
            self.runs.write(run, f"loss={left.pop(0)!r}\n")
        else:
            self.runs.finish(run)
