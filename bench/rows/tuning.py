"""Row 13: what a trial of a tuning job costs beyond its training job; against Optuna in memory.

In this process, with a store on disk and training jobs in memory: CPU of the tuning job's steps, each with its durable
write, and of the consumer that wakes it, less that of CreateTrainingJob by itself. Any training job has lineage and a trial
component, so their consumers are not counted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna

from bench.ours import TRUST
from bench.table import Goal, Line, median
from clary.kernel import Caller, FakeClock
from clary.plane import Platform, Record
from clary.runs.fake import FakeExecutor
from clary.server.assemble import assemble
from clary.server.consumers import Consumers
from clary.server.home import Home
from clary.server.loop import Controllers
from clary.server.options import Options

ROW = 13
TRIALS = 500
_ACCOUNT, _REGION = "111122223333", "us-east-1"
_ROOT_ARN = f"arn:aws:iam::{_ACCOUNT}:root"
_ROOT = Caller(_ACCOUNT, _ROOT_ARN, _ACCOUNT, _ROOT_ARN, is_root=True)
_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-base-python:3.11"
_NAMES = [f"x{n}" for n in range(6)]
_TUNER = "sagemaker:HyperParameterTuningJob"
_WAKES = "sagemaker:wake_tuning_job"


def measure(folder: Path, seconds: float, rounds: int) -> list[Line]:
    """The lines of this row. `seconds` is not used."""
    found: dict[str, list[list[float]]] = {"Bayesian": [], "Random": []}
    peers = []
    for turn in range(rounds):
        for strategy, costs in found.items():
            home = folder / f"{strategy}-{turn}"
            home.mkdir()
            costs.append(Tuner(home).run(strategy))
        peers.append(_by_optuna())
    by = {"Bayesian": {"Optuna": median(peers)}, "Random": {}}
    return [_line(strategy, costs, by[strategy]) for strategy, costs in found.items()]


def _line(strategy: str, rounds: list[list[float]], peers: dict[str, float]) -> Line:
    spent = median([sum(costs) / TRIALS for costs in rounds])
    growth = median([sum(costs[-100:]) / sum(costs[100:200]) for costs in rounds])
    note = f"trials 401 to 500 cost {growth:.2f} times what trials 101 to 200 cost"
    goal = Goal("less", 2 if peers else None)
    return Line(ROW, f"{strategy}, a trial of {TRIALS}", "ms CPU", goal, spent, peers, note=note)


class Tuner:
    """A platform in a folder, with a tuning job whose training jobs end as soon as they are started."""

    def __init__(self, folder: Path) -> None:
        self._clock, self._runs = FakeClock(time.time()), FakeExecutor()
        options = Options(account=_ACCOUNT)
        self._platform: Platform = assemble(
            Home.at(folder / "home"), options, clock=self._clock, runs=self._runs
        )
        self._controllers = Controllers(self._platform, str(folder / "bell"))
        self._step, self._controllers.step = self._controllers.step, self._timed_step  # type: ignore[method-assign]
        known = self._platform.registry.consumers()
        self._waking = Consumers(self._platform, consumers=[one for one in known if one.name == _WAKES])
        self._others = Consumers(self._platform, consumers=[one for one in known if one.name != _WAKES])
        self._spent = 0.0

    def run(self, strategy: str) -> list[float]:
        """Milliseconds of CPU for each trial."""
        role = self._prepare()
        making = median([self._cost_of(lambda n=n: self._make(role, f"plain-{n}")) for n in range(50)])
        self._settle()
        self._call("sagemaker", "CreateHyperParameterTuningJob", _request(role, strategy))
        costs, before = [], self._spent
        for _ in range(TRIALS):
            self._settle()
            costs.append((self._spent - before) * 1e3 - making * 1e3)
            before = self._spent
        self._settle()
        self._check()
        self._platform.store.close()
        return costs

    def _settle(self) -> None:
        """Let everything happen until the training jobs that run have ended, and the next ones are made."""
        for run in list(self._runs.specs):
            if self._runs.inspect(run).phase == "preparing":
                values = json.loads(self._runs.specs[run].files["input/config/hyperparameters.json"])
                self._runs.write(run, f"loss={_loss(values)!r}\n" if "x0" in values else "nothing\n")
                self._runs.finish(run)
        self._clock.advance(1.0)
        while self._controllers.once():
            self._spent += self._cost_of(self._waking.once)
            self._others.once()

    def _timed_step(self, record: Record) -> None:
        cost = self._cost_of(lambda: self._step(record))
        self._spent += cost if record.kind == _TUNER else 0.0

    @staticmethod
    def _cost_of(work: Callable[[], object]) -> float:
        began = time.thread_time()
        work()
        return time.thread_time() - began

    def _prepare(self) -> str:
        self._call("s3", "CreateBucket", {"Bucket": "bench"})
        role = self._call("iam", "CreateRole", {"RoleName": "Bench", "AssumeRolePolicyDocument": TRUST})
        return role["Role"]["Arn"]

    def _make(self, role: str, name: str) -> None:
        specification = {"TrainingImage": _IMAGE, "TrainingInputMode": "File"}
        self._call(
            "sagemaker",
            "CreateTrainingJob",
            {"TrainingJobName": name, "AlgorithmSpecification": specification, **_common(role)},
        )

    def _call(self, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        return self._platform.perform(service, operation, params, _ROOT, _REGION, account=_ACCOUNT)

    def _check(self) -> None:
        found = self._call(
            "sagemaker", "DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": "bench"}
        )
        if found["ObjectiveStatusCounters"]["Succeeded"] != TRIALS:
            raise RuntimeError(f"the tuning job did not complete: {found}")


def _common(role: str) -> dict[str, Any]:
    return {
        "RoleArn": role,
        "OutputDataConfig": {"S3OutputPath": "s3://bench/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


def _request(role: str, strategy: str) -> dict[str, Any]:
    ranges = [{"Name": name, "MinValue": "0", "MaxValue": "1", "ScalingType": "Linear"} for name in _NAMES]
    return {
        "HyperParameterTuningJobName": "bench",
        "HyperParameterTuningJobConfig": {
            "Strategy": strategy,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": TRIALS, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {"ContinuousParameterRanges": ranges},
            "RandomSeed": 1,
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": {
                "TrainingImage": _IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([-0-9.e]+)"}],
            },
            **_common(role),
        },
    }


def _loss(values: dict[str, Any]) -> float:
    return sum((float(values[name]) - 0.3) ** 2 for name in _NAMES)


def _by_optuna() -> float:
    """Milliseconds of CPU for each trial of Optuna's, over the same space."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = {name: optuna.distributions.FloatDistribution(0, 1) for name in _NAMES}
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
    began = time.thread_time()
    for _ in range(TRIALS):
        trial = study.ask(space)
        study.tell(trial, _loss(trial.params))
    return (time.thread_time() - began) / TRIALS * 1e3
