"""The service itself. The modules beside it register the functions that answer its operations."""

from clary.plane import Service
from clary.services.sagemaker.runtime.accepts import ACCEPTS

runtime = Service("sagemaker-runtime", actions="sagemaker", accepts=ACCEPTS)
