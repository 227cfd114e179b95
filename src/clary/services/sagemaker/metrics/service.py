"""The service itself. The modules beside it register the functions that answer its operations."""

from clary.plane import Service
from clary.services.sagemaker.metrics.accepts import ACCEPTS

metrics = Service(
    "sagemaker-metrics", schema="clary.services.sagemaker.metrics", actions="sagemaker", accepts=ACCEPTS
)
