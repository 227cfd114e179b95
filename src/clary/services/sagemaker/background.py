"""What goes on in a gateway beside requests to SageMaker."""

from __future__ import annotations

from clary.plane import Platform
from clary.services.sagemaker.service import sagemaker
from clary.workloads import leftovers

# What has runs. A gateway of a home that has none of them sweeps from SageMaker's first request on.
_WITH_RUNS = tuple(
    map(
        sagemaker.kind,
        (
            *("TrainingJob", "ProcessingJob", "TransformJob", "Endpoint"),
            *("MlflowTrackingServer", "MlflowApp"),
        ),
    )
)


@sagemaker.background(kinds=_WITH_RUNS, alone=True)
async def keep_swept(platform: Platform) -> None:
    """Remove the folders of runs whose job or endpoint has gone."""
    await leftovers.keep_swept(platform, sagemaker)
