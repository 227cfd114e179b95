"""Amazon CloudWatch: metrics, their statistics, and alarms on them."""

from clary.services.cloudwatch import access, data, metric_data, metrics, statistics, tagging  # noqa: F401
from clary.services.cloudwatch.alarms import listing, operations, watch  # noqa: F401
from clary.services.cloudwatch.service import cloudwatch as service

__all__ = ["service"]
