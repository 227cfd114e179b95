"""Experiments and trials that the service makes by itself, beside a record that asks for them. Knows no operation."""

from __future__ import annotations

from typing import Any

from clary.plane import Document, Record
from clary.services.sagemaker.experiments import entities
from clary.services.sagemaker.experiments.experiments import experiment
from clary.services.sagemaker.experiments.trials import trial
from clary.store.api import Tx


def arn_beside(record: Record, what: str, name: str) -> str:
    """Return the ARN of another resource of a record's account and region."""
    return f"{record.arn.rsplit(':', 1)[0]}:{what}/{name}"


def experiment_for(tx: Tx, record: Record, name: str) -> Record:
    """Return the experiment of this name; make it if it is not there."""
    found = tx.get(experiment.kind, record.scope, name)
    return found or tx.insert(_made(record, experiment.kind, "experiment", name, {}))


def trial_for(tx: Tx, record: Record, name: str, owner: Record) -> Record:
    """Return the trial of this name, which may be another experiment's; make it in `owner` if it is not there."""
    found = tx.get(trial.kind, record.scope, name)
    if found is not None:
        return found
    spec = {"ExperimentName": owner.id}
    return tx.insert(_made(record, trial.kind, "experiment-trial", name, spec).evolve(parent=owner.arn))


def _made(record: Record, kind: str, what: str, name: str, spec: dict[str, Any]) -> Record:
    return Record(
        kind=kind,
        scope=record.scope,
        id=name,
        arn=arn_beside(record, what, name),
        doc=Document({"DisplayName": name, **spec}, entities.NOBODY).over({}),
        created=record.created,
        modified=record.created,
    )
