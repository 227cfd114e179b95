"""Amazon SageMaker: jobs, models, endpoints, monitoring. The work itself is done by programs in runs.

The endpoint `sagemaker-runtime` of the same family is in `runtime/`.
"""

from clary.services.sagemaker import access, background, tags, upgrades  # noqa: F401  (importing registers operations)
from clary.services.sagemaker.hosting import endpoints, models  # noqa: F401
from clary.services.sagemaker.monitoring import schedules  # noqa: F401
from clary.services.sagemaker.processing import life as processing_life  # noqa: F401
from clary.services.sagemaker.registry import packages  # noqa: F401
from clary.services.sagemaker.search import search  # noqa: F401
from clary.services.sagemaker.service import sagemaker as service
from clary.services.sagemaker.training import life as training_life  # noqa: F401
from clary.services.sagemaker.transform import life as transform_life  # noqa: F401

__all__ = ["service"]
