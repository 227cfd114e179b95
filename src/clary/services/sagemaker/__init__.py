"""Amazon SageMaker: jobs, models, endpoints, monitoring. The work itself is done by programs in runs."""

from clary.services.sagemaker import (  # noqa: F401  (importing a module registers its operations)
    access,
    endpoints,
    leftovers,
    models,
    monitoring,
    packages,
    processing,
    search,
    tags,
    training,
    transform,
    upgrades,
)
from clary.services.sagemaker.service import sagemaker as service

__all__ = ["service"]
