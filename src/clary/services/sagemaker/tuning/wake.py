"""A training job that has ended wakes the tuning job that made it."""

from __future__ import annotations

from clary.plane import Change, Reaction
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.tuning import children
from clary.services.sagemaker.tuning.noun import STATES, hyper_parameter_tuning_job

_OF_A_TUNER = f":{hyper_parameter_tuning_job.arn.partition('/')[0]}/"  # in the ARN of such a parent


def has_ended(change: Change) -> bool:
    """Return whether a training job of a tuning job has ended, or was deleted."""
    before, now = change.view.get("old") or {}, change.view.get("new") or {}
    parent = now.get("parent") or before.get("parent", "")
    return _OF_A_TUNER in parent and (not now or now["status"] in children.FINAL)


@sagemaker.on_change("sagemaker:TrainingJob", concerns=has_ended)
def wake_tuning_job(at: Reaction, change: Change) -> None:
    """Make the tuning job of a training job that has ended due now.

    It is written with a new version: a step that was made before this change must not be written after it, or it would put
    the tuning job to sleep.
    """
    view = change.view.get("new") or change.view["old"]
    tuner = at.tx.by_arn(view["parent"])
    if tuner and tuner.kind == hyper_parameter_tuning_job.kind and tuner.status not in STATES.final:
        at.tx.update(tuner.evolve(due=at.now))
        at.wake()
