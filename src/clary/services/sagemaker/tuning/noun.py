"""Hyperparameter tuning jobs as the API shows them: create, describe, list, stop, delete. What moves them is in life.py."""

from __future__ import annotations

from functools import reduce
from typing import Any

from clary.plane import Context, Document, Errors, Hooks, Noun, Record, States
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.training.noun import OBJECTIVE
from clary.services.sagemaker.tuning import tally, warm_start
from clary.services.sagemaker.tuning.accepts import ACCEPTS
from clary.services.sagemaker.tuning.definitions import Definition, cluster_of, definitions_of
from clary.services.sagemaker.tuning.request import MOST_JOBS, allow
from clary.services.sagemaker.tuning.search import autotune
from clary.services.sagemaker.tuning.search.ranges import combinations


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    """Return what creation adds: counters, the seed of all points, how many training jobs there may be."""
    config = {"TrainingJobEarlyStoppingType": "Off", **params["HyperParameterTuningJobConfig"]}
    best = warm_start.best_of_parents(ctx, params)
    return Document(
        {"HyperParameterTuningJobConfig": config, **_shown_definitions(params)},
        {**tally.fresh(), "OverallBestTrainingJob": reduce(tally.better_of, best, None)},
        {
            "seed": str(config["RandomSeed"]) if "RandomSeed" in config else ctx.platform.ids.hex(16),
            "most": _most(params),
            "watches": config["Strategy"] == "Hyperband" or config["TrainingJobEarlyStoppingType"] == "Auto",
            "tags": params.get("Tags"),
        },
    )


def _shown_definitions(params: dict[str, Any]) -> dict[str, Any]:
    """Return the definitions as Describe shows them. The hyperparameter that names the objective is among the static ones, and
    there always is a ResourceConfig: SDKs look for both (HyperparameterTuner.attach)."""
    shown = [_shown_definition(one) for one in definitions_of(params)]
    if "TrainingJobDefinition" in params:
        return {"TrainingJobDefinition": shown[0]}
    return {"TrainingJobDefinitions": shown}


def _shown_definition(definition: Definition) -> dict[str, Any]:
    static = definition.document.get("StaticHyperParameters", {})
    added = {
        "StaticHyperParameters": {**static, OBJECTIVE: definition.told},
        "ResourceConfig": cluster_of(definition.document),
    }
    return {**definition.document, **added}


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
            taken="A hyperparameter tuning job with the name, {id}, already exists. Choose a different name.",
            taken_code="ResourceInUse",
            busy_code="ResourceInUse",
        ),
        hooks=Hooks(allow=allow, stamp=stamp, view=view),
    )
)
