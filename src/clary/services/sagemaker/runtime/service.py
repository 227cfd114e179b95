"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service
from clary.services.sagemaker.runtime.accepts import ACCEPTS

runtime = Service("sagemaker-runtime", actions="sagemaker", accepts=ACCEPTS)
