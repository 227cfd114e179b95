"""The trial of a pipeline's execution, in which the components of its jobs are
(https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-experiments.html): an experiment for the pipeline and a run group for
each execution "are created if they don't exist". A definition whose PipelineExperimentConfig is null has neither."""

from __future__ import annotations

import re

from clary.plane import Record
from clary.services.sagemaker.experiments import made
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Tx

EXECUTION = sagemaker.kind("PipelineExecution")
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}")
_LEVELS = 3  # from a training job to its tuning job, to the step, to the execution


def trial_of(tx: Tx, execution: Record) -> Record | None:
    """Return the trial of an execution, and make what is missing; None if its pipeline wants none, or names it as no trial
    can be named."""
    config = execution.observed.get("PipelineExperimentConfig")
    if not config:
        return None
    # "If you don't specify ExperimentName, the pipeline name is used", and the execution's id for TrialName.
    names = (
        config.get("ExperimentName") or execution.parent.rpartition("/")[2],
        config.get("TrialName") or execution.arn.rpartition("/")[2],
    )
    if not all(_NAME.fullmatch(name) for name in names):
        return None
    return made.trial_for(tx, execution, names[1], made.experiment_for(tx, execution, names[0]))


def execution_of(tx: Tx, job: Record) -> Record | None:
    """Return the execution of which a step made this job, directly or by a tuning job; None for other jobs."""
    record: Record | None = job
    for _ in range(_LEVELS):
        record = tx.by_arn(record.parent) if record is not None and record.parent else None
        if record is not None and record.kind == EXECUTION:
            return record
    return None
