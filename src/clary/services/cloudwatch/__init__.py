"""Amazon CloudWatch metrics: data points in, statistics out."""

from clary.services.cloudwatch import data, listing, statistics  # noqa: F401
from clary.services.cloudwatch.service import cloudwatch as service

__all__ = ["service"]
