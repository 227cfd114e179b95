"""ExperimentConfig of a job: with what its trial component is to be associated
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ExperimentConfig.html)."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.sagemaker.experiments.experiments import experiment
from clary.services.sagemaker.experiments.trials import trial


def require(ctx: Context, params: dict[str, Any]) -> None:
    """Raise ResourceNotFound for an experiment or a trial that is not there, ValidationException for a trial of another
    experiment."""
    config = params.get("ExperimentConfig", {})
    if name := config.get("ExperimentName"):
        experiment.find(ctx, name)
    if name := config.get("TrialName"):
        owner = trial.find(ctx, name).spec["ExperimentName"]
        if config.get("ExperimentName", owner) != owner:
            raise validation(f"Trial {name} is not part of experiment {config['ExperimentName']}.")
