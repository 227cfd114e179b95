"""The service itself. The modules beside it register the functions that answer its operations."""

from clary.plane import Service

sagemaker = Service("sagemaker", schema="clary.services.sagemaker")
