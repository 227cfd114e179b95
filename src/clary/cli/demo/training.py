"""The demo's training step: AWS's XGBoost on the prepared files, with its metric read live from CloudWatch
Logs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from clary.cli.demo.cloud import Cloud, finished, wait
from clary.cli.demo.journey import Progress, StepFailed
from clary.cli.demo.preparing import INSTANCE, Prepared
from clary.cli.demo.report import LearningCurve, Transition

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
ROUNDS = 80
# What the container logs after each round; the tab arrives as #011.
_ROUND = re.compile(r"\[(\d+)\](?:#011|\t)train-([\w-]+):([-+.\deE]+)(?:#011|\t)validation-\2:([-+.\deE]+)")


@dataclass(frozen=True, slots=True)
class Trained:
    """The model artifact and the training's figures."""

    artifact: str
    curve: LearningCurve


def train(cloud: Cloud, data: Prepared, progress: Progress) -> Trained:
    """Run the training job and show its validation metric."""
    job = cloud.name("train")
    cloud.sagemaker.create_training_job(**request(cloud, data, job))

    def show(found: dict[str, Any]) -> None:
        curve = curve_of(cloud, job)
        progress.tell(f"{found['SecondaryStatus'].ljust(11)} {_moving(progress, curve)}")

    def look() -> dict[str, Any]:
        return cloud.sagemaker.describe_training_job(TrainingJobName=job)

    found = finished(
        cloud, wait(look, "TrainingJobStatus", show, ("Completed",)), "TrainingJobStatus", LOG_GROUP, job
    )
    curve = curve_of(cloud, job)
    if len(curve.validation) != ROUNDS:
        raise StepFailed(f"the log of {job} tells of {len(curve.validation)} rounds of {ROUNDS}")
    progress.detail = f"validation {curve.metric} {curve.validation[0]:.4g} → {curve.validation[-1]:.4g}"
    progress.transitions = transitions(found["SecondaryStatusTransitions"])
    return Trained(found["ModelArtifacts"]["S3ModelArtifacts"], curve)


def request(cloud: Cloud, data: Prepared, job: str) -> dict[str, Any]:
    """Return the members of CreateTrainingJob."""
    return {
        "TrainingJobName": job,
        "RoleArn": cloud.role,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "HyperParameters": hyperparameters(data),
        "InputDataConfig": [_channel(name, cloud.uri(name)) for name in ("train", "validation")],
        "OutputDataConfig": {"S3OutputPath": cloud.uri("model")},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": INSTANCE, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def hyperparameters(data: Prepared) -> dict[str, str]:
    """Return XGBoost's hyperparameters for the kind of problem."""
    shared = {
        "num_round": str(ROUNDS),
        "eta": "0.07",
        "max_depth": "3",
        "subsample": "0.7",
        "colsample_bytree": "0.7",
        "min_child_weight": "5",
    }
    if _is_large(data):
        shared |= {"max_depth": "6", "eta": "0.2"}
    if data.is_regression:
        return shared | {"objective": "reg:squarederror", "eval_metric": "rmse"}
    if len(data.classes) == 2:
        return shared | {"objective": "binary:logistic", "eval_metric": "logloss"}
    return shared | {
        "objective": "multi:softprob",
        "num_class": str(len(data.classes)),
        "eval_metric": "mlogloss",
    }


def _is_large(data: Prepared) -> bool:
    """Return whether there are many rows, which allow deeper trees and a higher learning rate without
    overfitting."""
    return data.rows["train"] > 5000


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def curve_of(cloud: Cloud, job: str) -> LearningCurve:
    """Return the metric of every round that is in the log by now."""
    found = [match for line in cloud.log_lines(LOG_GROUP, job) if (match := _ROUND.search(line))]
    metric = found[0][2] if found else ""
    return LearningCurve(metric, tuple(float(m[3]) for m in found), tuple(float(m[4]) for m in found))


def _moving(progress: Progress, curve: LearningCurve) -> str:
    done = len(curve.validation)
    bar = progress.screen.bar(done, ROUNDS)
    value = f"validation {curve.metric} {curve.validation[-1]:.4g}" if done else ""
    return f"{bar} {done:3d}/{ROUNDS} {value}"


def transitions(found: list[dict[str, Any]]) -> tuple[Transition, ...]:
    """Return how long each secondary status lasted."""
    return tuple(
        Transition(item["Status"], (item["EndTime"] - item["StartTime"]).total_seconds())
        for item in found
        if "EndTime" in item
    )
