"""Invoking endpoints: from the wire to a worker's socket and back, without a database on the path."""

from clary.services.sagemaker.runtime import background, invoke  # noqa: F401
from clary.services.sagemaker.runtime.service import runtime as service

__all__ = ["service"]
