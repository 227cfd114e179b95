"""Training jobs as the API shows them: create, describe, list, update, stop, delete. What moves them is in life.py."""

from __future__ import annotations

import json
from typing import Any

from clary.plane import Context, Document, Errors, Hooks, Noun, Record, States
from clary.services.sagemaker import images, own_images, roles
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.training import transitions
from clary.services.sagemaker.training.accepts import ACCEPTS
from clary.services.sagemaker.training.request import allow
from clary.workloads.jobs import drop_runs

OBJECTIVE = "_tuning_objective_metric"
"""The hyperparameter by which a tuning job tells a training job what it is judged by."""


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    """Return what creation adds to the request: defaults that Describe shows, the first transition."""
    specification = dict(params["AlgorithmSpecification"])
    specification.setdefault("EnableSageMakerMetricsTimeSeries", False)
    output = {"KmsKeyId": "", "CompressionType": "GZIP", **params["OutputDataConfig"]}
    spec = {
        "AlgorithmSpecification": specification,
        "OutputDataConfig": output,
        "HyperParameters": params.get("HyperParameters", {}),
        "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        "EnableInterContainerTrafficEncryption": params.get("EnableInterContainerTrafficEncryption", False),
        "EnableManagedSpotTraining": params.get("EnableManagedSpotTraining", False),
    }
    tuner = _tuner(ctx)
    status = {
        "ProfilingStatus": "Disabled",
        **transitions.first(ctx.now),
        "TuningJobArn": tuner and tuner.arn,
    }
    role = roles.take(ctx, params["RoleArn"], f"training-job/{params['TrainingJobName']}")
    image = own_images.pin(ctx, specification["TrainingImage"], role)
    return Document(spec, status, {"watched": _watched(tuner, spec), own_images.PRIVATE: image})


def _tuner(ctx: Context) -> Record | None:
    """Return the tuning job that makes this training job, if one does."""
    tuner = ctx.tx.by_arn(ctx.caller.source_arn) if ctx.caller.source_arn else None
    return tuner if tuner and tuner.kind == sagemaker.kind("HyperParameterTuningJob") else None


def _watched(tuner: Record | None, spec: dict[str, Any]) -> str | None:
    """Return the metric of which each value is kept, since a tuning job stops training jobs early by it."""
    said = spec["HyperParameters"].get(OBJECTIVE) if tuner and tuner.private.get("watches") else None
    return json.loads(said) if said and said.startswith('"') else said


def detail(record: Record) -> dict[str, Any]:
    """Return the members that Describe shows and the record does not hold."""
    specification = record.spec["AlgorithmSpecification"]
    metrics = record.private.get("metrics", {})
    return {
        "AlgorithmSpecification": {**specification, "MetricDefinitions": metric_definitions(specification)},
        "FinalMetricDataList": sorted(metrics.values(), key=lambda metric: metric["MetricName"]),
    }


def metric_definitions(specification: dict[str, Any]) -> list[dict[str, str]]:
    """Return the caller's definitions, or the algorithm's own. The latter are not stored: they would make
    a record twenty times as large, and a list of ten jobs several times as slow."""
    given = specification.get("MetricDefinitions")
    return images.resolve(specification["TrainingImage"]).metric_definitions if given is None else given


# Only what has ended can be deleted
# (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteTrainingJob.html).
STATES = States(
    "TrainingJobStatus",
    start="InProgress",
    stop="Stopping",
    final=("Completed", "Failed", "Stopped", "Deleting"),
    busy=("InProgress", "Stopping"),
)
training_job = sagemaker.noun(
    Noun(
        "TrainingJob",
        arn="training-job/{TrainingJobName}",
        states=STATES,
        accepts=ACCEPTS,
        errors=Errors(
            missing="Requested resource not found.",
            taken="Training job names must be unique within an AWS account and region, and a training job with this "
            "name already exists ({arn})",
            taken_code="ResourceInUse",
            busy_code="ResourceInUse",
        ),
        hooks=Hooks(allow=allow, stamp=stamp, detail=detail, delete=drop_runs),
    )
)
