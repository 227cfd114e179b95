"""A training job that has ended wakes the tuning job that made it."""

from __future__ import annotations

from clary.plane import Change, Reaction
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.tuning import children
from clary.services.sagemaker.tuning.noun import STATES, hyper_parameter_tuning_job


@sagemaker.on_change("sagemaker:TrainingJob")
def wake_tuning_job(at: Reaction, change: Change) -> None:
    """Make the tuning job of a training job that has ended due now.

    It is written with a new version: a step that was made before this change must not be written after it, or it would put
    the tuning job to sleep.
    """
    before, now = change.view.get("old") or {}, change.view.get("new") or {}
    parent = now.get("parent") or before.get("parent", "")
    if not parent or (now and now["status"] not in children.FINAL):
        return
    tuner = at.tx.by_arn(parent)
    if tuner and tuner.kind == hyper_parameter_tuning_job.kind and tuner.status not in STATES.final:
        at.tx.update(tuner.evolve(due=at.now))
        at.wake()
