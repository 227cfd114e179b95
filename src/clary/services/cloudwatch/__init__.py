"""Amazon CloudWatch: metrics, their statistics, and alarms on them."""

from clary.services.cloudwatch import (  # noqa: F401
    access,
    get_metric_data,
    get_metric_statistics,
    metrics,
    put_metric_data,
    tags,
)
from clary.services.cloudwatch.alarms import controller, listing, operations  # noqa: F401
from clary.services.cloudwatch.service import cloudwatch as service

__all__ = ["service"]
