"""Trials: create, describe, list, update, delete. A trial is part of one experiment, which is its record's parent."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Document, Hooks, Noun, Record
from clary.plane.nouns.lists import Listing
from clary.services.sagemaker.experiments import accepts, entities, membership
from clary.services.sagemaker.experiments.experiments import experiment
from clary.services.sagemaker.service import sagemaker


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    """Return what creation adds. Raise ResourceNotFound for an experiment that is not there."""
    owner = experiment.find(ctx, params["ExperimentName"])
    return Document(entities.named(params, "TrialName"), entities.NOBODY, parent=owner.arn)


def _require_empty(ctx: Context, record: Record) -> None:
    """Raise ValidationException for a trial with components
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteTrial.html)."""
    if membership.has_components(ctx.tx, record):
        raise entities.linked(record, "Trial", "trial components")


trial = sagemaker.noun(
    Noun(
        "Trial",
        arn="experiment-trial/{TrialName}",
        accepts=accepts.TRIAL,
        lists={"ExperimentName": "parent"},
        errors=entities.errors("Trial"),
        hooks=Hooks(stamp=stamp, update=entities.renamed, delete=_require_empty),
    )
)
_LISTED = Listing(trial, sagemaker.model.operations["ListTrials"])


@sagemaker.operation(heavy=lambda params: "TrialComponentName" in params or _LISTED.searches(params))
def list_trials(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """List trials: all, those of an experiment, those that a component is in. Raise ResourceNotFound for an experiment or
    a component that is not there."""
    asked = {name: value for name, value in params.items() if name != "TrialComponentName"}
    if name := asked.get("ExperimentName"):
        asked["ExperimentName"] = experiment.find(ctx, name).arn
    component = params.get("TrialComponentName")
    if component is None:
        return _LISTED(ctx, asked)
    sagemaker.nouns["TrialComponent"].find(ctx, component)
    return _LISTED(ctx, asked, [membership.trials_of(ctx.scope, component)])
