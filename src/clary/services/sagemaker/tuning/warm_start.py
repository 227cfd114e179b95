"""Warm start: what a tuning job takes over of earlier ones
(https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html).

With IdenticalDataAndAlgorithm the results of the parents are results of the new job too. With TransferLearning the data may
be other data, so that values of the objective do not compare: the best points of the parents are what the new job tries
first. A warm start goes one step back: what the parents took over themselves is not taken over again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Record
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.training.noun import OBJECTIVE
from clary.services.sagemaker.tuning import children
from clary.services.sagemaker.tuning.definitions import Definition, definitions_of, of_number
from clary.services.sagemaker.tuning.search.range_checks import names_of
from clary.store.api import Tx

_SUGGESTIONS = 5
_IDENTICAL = "IdenticalDataAndAlgorithm"
# "Hyperparameter tuning uses either Bayesian or random search" (the guide's page on warm starts).
_STRATEGIES = ("Bayesian", "Random")
_NAMES_DIFFER = (
    "The set of tunable plus static HyperParameter names is not the same across current and parent tuning jobs. Please ensure "
    "this set is constant when warm starting. Note that previously static HyperParameters can be tuned in warm start jobs "
    "and vice versa."
)


@dataclass(frozen=True, slots=True)
class Result:
    """A training job of a parent: the name of its definition, all its hyperparameters, and its objective."""

    definition: str
    hyperparameters: Mapping[str, str]
    value: float


def check(ctx: Context, params: Mapping[str, Any], definitions: tuple[Definition, ...]) -> None:
    """Raise ValidationException for parents that are not there, still run, or do not fit."""
    strategy = params["HyperParameterTuningJobConfig"]["Strategy"]
    if "WarmStartConfig" in params and strategy not in _STRATEGIES:
        raise validation(f"WarmStartConfig cannot be specified when Strategy is {strategy}.")
    for name in _names(params):
        parent = ctx.tx.get(sagemaker.kind("HyperParameterTuningJob"), ctx.scope, name)
        if parent is None:
            raise validation(f"Could not find requested parent hyperparameter tuning job with name: {name}")
        if parent.status not in children.FINAL:
            raise validation(
                f"The parent hyperparameter tuning job [{name}] is in status [{parent.status}]. All parent tuning jobs must "
                "be in a terminal status (Completed, Stopped or Failed)."
            )
        _check_definitions(params, definitions, parent)


def results(tx: Tx, tuner: Record) -> Iterator[Result]:
    """Yield the results that a tuning job takes over, parent by parent in the order of its request."""
    if is_identical(tuner.spec):
        for parent in _parents(tx, tuner):
            yield from _results_of(tx, parent)


def suggestions(tx: Tx, tuner: Record) -> list[Result]:
    """Return what a tuning job tries first: the best results of its parents, which take turns."""
    if is_identical(tuner.spec):
        return []
    ranked = [_best_first(tx, parent) for parent in _parents(tx, tuner)]
    return [one for turn in zip_longest(*ranked) for one in turn if one][:_SUGGESTIONS]


def best_of_parents(ctx: Context, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the best training job of each parent that has one, with TuningJobName."""
    if not is_identical(params):
        return []
    parents = [
        ctx.tx.get(sagemaker.kind("HyperParameterTuningJob"), ctx.scope, name) for name in _names(params)
    ]
    best = [(parent.id, parent.observed.get("BestTrainingJob")) for parent in parents if parent]
    return [{**summary, "TuningJobName": name} for name, summary in best if summary]


def is_identical(spec: Mapping[str, Any]) -> bool:
    """Return whether a tuning job has a warm start whose results compare with its own."""
    return spec.get("WarmStartConfig", {}).get("WarmStartType") == _IDENTICAL


def _names(spec: Mapping[str, Any]) -> list[str]:
    parents = spec.get("WarmStartConfig", {}).get("ParentHyperParameterTuningJobs", [])
    return [one["HyperParameterTuningJobName"] for one in parents if "HyperParameterTuningJobName" in one]


def _parents(tx: Tx, tuner: Record) -> list[Record]:
    """Return the parents that are still there."""
    found = [
        tx.get(sagemaker.kind("HyperParameterTuningJob"), tuner.scope, name) for name in _names(tuner.spec)
    ]
    return [parent for parent in found if parent]


def _results_of(tx: Tx, parent: Record) -> Iterator[Result]:
    definitions = definitions_of(parent.spec)
    for child in children.of(tx, parent):
        definition = of_number(definitions, children.number_in(child.id))
        value = children.result_of(child, definition)
        if value is not None:
            yield Result(definition.name, child.spec.get("HyperParameters", {}), value)


def _best_first(tx: Tx, parent: Record) -> list[Result]:
    maximizes = {definition.name: definition.maximizes for definition in definitions_of(parent.spec)}
    found = _results_of(tx, parent)
    return sorted(found, key=lambda one: -one.value if maximizes[one.definition] else one.value)


def _check_definitions(
    params: Mapping[str, Any], definitions: tuple[Definition, ...], parent: Record
) -> None:
    earlier = {definition.name: definition for definition in definitions_of(parent.spec)}
    for definition in definitions:
        before = earlier.get(definition.name)
        if before is None:
            raise validation(
                f"The parent hyperparameter tuning job [{parent.id}] has no training job definition named "
                f"[{definition.name}]."
            )
        _check_definition(params, definition, before)


def _check_definition(params: Mapping[str, Any], definition: Definition, before: Definition) -> None:
    if definition.objective != before.objective:
        raise validation(
            "The objective metric is not the same across current and parent tuning jobs. Please ensure that the objective "
            "metric is constant when warm starting."
        )
    if _hyperparameters(definition) != _hyperparameters(before):
        raise validation(_NAMES_DIFFER)
    if is_identical(params) and _data_and_algorithm(definition) != _data_and_algorithm(before):
        raise validation(
            f"The training image and the input data must be the same as in the parent tuning jobs for {_IDENTICAL}."
        )


def _hyperparameters(definition: Definition) -> set[str]:
    static = definition.document.get("StaticHyperParameters", {})
    return {*static, *names_of(definition.ranges_document)} - {OBJECTIVE}


def _data_and_algorithm(definition: Definition) -> tuple[Any, Any]:
    document = definition.document
    return document["AlgorithmSpecification"].get("TrainingImage"), document.get("InputDataConfig")
