"""What steps create that has a name: which operations create, stop and describe it, and which of its statuses mean what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clary.services.sagemaker.service import sagemaker

_JOB = ("Completed",)


@dataclass(frozen=True, slots=True)
class Child:
    """What one type of steps creates.

    `noun` is AWS's word for it, `metadata` what ListPipelineExecutionSteps calls it; `done` are the statuses in which the
    step has succeeded (none: as soon as it is created), `failed` those in which it has not. `stops` says whether it can be
    stopped. `longest` is the length that a name may have.
    """

    noun: str
    metadata: str
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    stops: bool = False
    longest: int = 63

    @property
    def name(self) -> str:
        """The member of requests that names it."""
        return f"{self.noun}Name"

    @property
    def kind(self) -> str:
        """The kind of its records."""
        return sagemaker.kind(self.noun)


CHILDREN: Mapping[str, Child] = {
    "Training": Child("TrainingJob", "TrainingJob", _JOB, ("Failed", "Stopped"), stops=True),
    "Processing": Child("ProcessingJob", "ProcessingJob", _JOB, ("Failed", "Stopped"), stops=True),
    "QualityCheck": Child("ProcessingJob", "QualityCheck", _JOB, ("Failed", "Stopped"), stops=True),
    "Transform": Child("TransformJob", "TransformJob", _JOB, ("Failed", "Stopped"), stops=True),
    "Tuning": Child(
        "HyperParameterTuningJob", "TuningJob", _JOB, ("Failed", "Stopped"), stops=True, longest=32
    ),
    "Model": Child("Model", "Model"),
    "EndpointConfig": Child("EndpointConfig", "EndpointConfig"),
    "Endpoint": Child(
        "Endpoint", "Endpoint", ("InService",), ("Failed", "OutOfService", "UpdateRollbackFailed")
    ),
}
