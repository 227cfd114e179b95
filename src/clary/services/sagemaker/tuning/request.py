"""What CreateHyperParameterTuningJob refuses beyond what the model says. Knows no training job that runs.

Sentences are AWS's where one was reported in public; the tests name the reports.
"""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.sagemaker import requests
from clary.services.sagemaker.training import request as training
from clary.services.sagemaker.tuning import objectives, warm_start
from clary.services.sagemaker.tuning.definitions import Definition, definitions_of
from clary.services.sagemaker.tuning.search import autotune, hyperband, range_checks, ranges, samplers

Params = dict[str, Any]

# https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-limits.html
MOST_PARALLEL = 100
MOST_JOBS = {"Bayesian": 750, "Hyperband": 750, "Random": 10_000, "Grid": 10_000}


def allow(ctx: Context, params: Params) -> None:
    """Raise what AWS answers, or NotImplemented for what is not offered."""
    definitions = _definitions(params)
    samplers.require(params["HyperParameterTuningJobConfig"]["Strategy"])
    for definition in definitions:
        objectives.check(definition)
        _check_ranges(params, definition)
        _check_instances(definition)
    _check_strategy(params, definitions)
    _check_limits(params, definitions)
    warm_start.check(ctx, params, definitions)
    for definition in definitions:
        training.allow(ctx, _first_request(params, definition))


def _definitions(params: Params) -> tuple[Definition, ...]:
    given = [name for name in ("TrainingJobDefinition", "TrainingJobDefinitions") if params.get(name)]
    if len(given) != 1:
        raise validation(
            "Exactly one of TrainingJobDefinition and TrainingJobDefinitions must be specified for a hyperparameter "
            "tuning job."
        )
    definitions = definitions_of(params)
    names = [definition.name for definition in definitions]
    if "TrainingJobDefinitions" in given and (not all(names) or len(set(names)) != len(names)):
        raise validation("Each of the TrainingJobDefinitions must have a DefinitionName of its own.")
    return definitions


def _check_ranges(params: Params, definition: Definition) -> None:
    automatic = definition.ranges_document.get("AutoParameters")
    if automatic and not autotune.is_on(params):
        raise validation("AutoParameters can only be specified when Autotune is enabled.")
    range_checks.check_names(definition.ranges_document, definition.document.get("StaticHyperParameters", {}))
    range_checks.check(definition.searched)


def _check_instances(definition: Definition) -> None:
    document = definition.document
    both = ("ResourceConfig", "HyperParameterTuningResourceConfig")
    if sum(member in document for member in both) != 1:
        raise validation(
            "Exactly one of ResourceConfig and HyperParameterTuningResourceConfig must be specified in a training job "
            "definition."
        )
    wanted = document.get("HyperParameterTuningResourceConfig", {})
    if "InstanceConfigs" in wanted and "InstanceType" in wanted:
        raise validation("InstanceType and InstanceConfigs cannot both be specified.")


def _check_strategy(params: Params, definitions: tuple[Definition, ...]) -> None:
    config = params["HyperParameterTuningJobConfig"]
    if config["Strategy"] != "Hyperband":
        if "StrategyConfig" in config:
            raise validation("StrategyConfig can only be specified when Strategy is Hyperband.")
        return
    if config.get("TrainingJobEarlyStoppingType", "Off") != "Off":
        raise validation("TrainingJobEarlyStoppingType must be Off to use the Hyperband strategy.")
    for definition in definitions:
        hyperband.resources(config, definition.static)


def _check_limits(params: Params, definitions: tuple[Definition, ...]) -> None:
    config = params["HyperParameterTuningJobConfig"]
    limits, strategy = config["ResourceLimits"], config["Strategy"]
    requests.at_most(limits, "MaxParallelTrainingJobs", MOST_PARALLEL, "resourceLimits.")
    requests.at_most(limits, "MaxNumberOfTrainingJobs", MOST_JOBS[strategy], "resourceLimits.")
    wanted = limits.get("MaxNumberOfTrainingJobs")
    there = sum(ranges.combinations(definition.ranges) for definition in definitions)
    if strategy == "Grid":
        _check_grid(definitions, there, wanted)
    elif wanted is not None and there < wanted:
        raise validation(
            "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter combinations "
            f"for the provided ranges [{float(there)}] must be equal or greater than the value of MaxNumberOfJobs, "
            f"[{wanted}]. Provide additional ranges."
        )
    elif wanted is None and not _ends_otherwise(params):
        raise validation(
            "MaxNumberOfTrainingJobs must be specified unless the tuning job has MaxRuntimeInSeconds, completion criteria "
            "or Autotune."
        )


def _ends_otherwise(params: Params) -> bool:
    config = params["HyperParameterTuningJobConfig"]
    return bool(
        "MaxRuntimeInSeconds" in config["ResourceLimits"]
        or config.get("TuningJobCompletionCriteria")
        or autotune.is_on(params)
    )


def _check_grid(definitions: tuple[Definition, ...], there: float, wanted: int | None) -> None:
    if any(not isinstance(one, ranges.Categorical) for each in definitions for one in each.ranges):
        raise validation("Grid search supports only categorical hyperparameter ranges.")
    if len(definitions) > 1:
        raise validation("Grid search supports only one training job definition.")
    if wanted not in (None, there):
        raise validation(
            f"The value of MaxNumberOfTrainingJobs, [{wanted}], must be equal to the total number of hyperparameter "
            f"combinations, [{int(there)}], for the Grid strategy."
        )
    if there > MOST_JOBS["Grid"]:
        raise validation(
            f"The total number of hyperparameter combinations, [{int(there)}], must not exceed [{MOST_JOBS['Grid']}]."
        )


def _first_request(params: Params, definition: Definition) -> Params:
    """Return the request of a training job as the tuning job will make it: what it is refused for is known at once."""
    point = {one.name: one.at(0.5) for one in definition.ranges}
    return definition.request(f"{params['HyperParameterTuningJobName']}-001-00000000", point, [])
