"""Experiments: create, describe, list, update, delete."""

from __future__ import annotations

from clary.plane import Context, Hooks, Noun, Query, Record
from clary.services.sagemaker.experiments import accepts, entities
from clary.services.sagemaker.service import sagemaker


def _require_empty(ctx: Context, record: Record) -> None:
    """Raise ValidationException for an experiment with trials: "All trials associated with the experiment must be deleted
    first" (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteExperiment.html)."""
    if ctx.tx.count(sagemaker.kind("Trial"), ctx.scope, Query([("parent", "=", record.arn)])):
        raise entities.linked(record, "Experiment", "trials")


experiment = sagemaker.noun(
    Noun(
        "Experiment",
        arn="experiment/{ExperimentName}",
        accepts=accepts.EXPERIMENT,
        errors=entities.errors("Experiment"),
        hooks=Hooks(stamp=entities.stamped("ExperimentName"), update=entities.renamed, delete=_require_empty),
    )
)
