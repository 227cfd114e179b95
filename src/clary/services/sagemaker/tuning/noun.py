"""Hyperparameter tuning jobs as the API shows them: create, describe, list, stop, delete. What moves them is in life.py."""

from __future__ import annotations

from functools import reduce
from typing import Any

from clary.plane import Context, Document, Errors, Hooks, Noun, Record, States
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.tuning import tally, warm_start
from clary.services.sagemaker.tuning.accepts import ACCEPTS
from clary.services.sagemaker.tuning.definitions import definitions_of
from clary.services.sagemaker.tuning.request import MOST_JOBS, allow
from clary.services.sagemaker.tuning.search import autotune
from clary.services.sagemaker.tuning.search.ranges import combinations


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    """Return what creation adds: counters, the seed of all points, how many training jobs there may be."""
    config = {"TrainingJobEarlyStoppingType": "Off", **params["HyperParameterTuningJobConfig"]}
    best = warm_start.best_of_parents(ctx, params)
    return Document(
        {"HyperParameterTuningJobConfig": config},
        {**tally.fresh(), "OverallBestTrainingJob": reduce(tally.better_of, best, None)},
        {
            "seed": str(config["RandomSeed"]) if "RandomSeed" in config else ctx.platform.ids.hex(16),
            "most": _most(params),
            "watches": config["Strategy"] == "Hyperband" or config["TrainingJobEarlyStoppingType"] == "Auto",
            "tags": params.get("Tags"),
        },
    )


def _most(params: dict[str, Any]) -> int:
    """Return how many training jobs a tuning job may make."""
    config, definitions = params["HyperParameterTuningJobConfig"], definitions_of(params)
    there = sum(combinations(definition.ranges) for definition in definitions)
    said = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if said is None and autotune.is_on(params) and config["Strategy"] != "Grid":
        said = sum(autotune.jobs_for(definition.searched) for definition in definitions)
    return int(min(there, said or MOST_JOBS[config["Strategy"]], MOST_JOBS[config["Strategy"]]))


def view(record: Record) -> dict[str, Any]:
    """Return the members that a list shows beside those of the record."""
    config = record.spec["HyperParameterTuningJobConfig"]
    return {"Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"]}


STATES = States(
    "HyperParameterTuningJobStatus",
    start="InProgress",
    stop="Stopping",
    final=("Completed", "Failed", "Stopped"),
    busy=("InProgress", "Stopping"),
)
hyper_parameter_tuning_job = sagemaker.noun(
    Noun(
        "HyperParameterTuningJob",
        arn="hyper-parameter-tuning-job/{HyperParameterTuningJobName}",
        states=STATES,
        accepts=ACCEPTS,
        errors=Errors(
            missing="Amazon SageMaker can't find a tuning job with the name {id}. Check the name and try your request again.",
            missing_code="ResourceNotFound",
            taken="Hyperparameter tuning job names must be unique within an AWS account and region, and a hyperparameter "
            "tuning job with this name already exists ({arn})",
            taken_code="ResourceInUse",
            busy_code="ResourceInUse",
        ),
        hooks=Hooks(allow=allow, stamp=stamp, view=view),
    )
)
