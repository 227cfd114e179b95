"""Amazon CloudWatch Logs: log groups, log streams and events."""

from clary.services.logs import (  # noqa: F401
    access,
    filter_log_events,
    get_log_events,
    groups,
    put_log_events,
    streams,
    tags,
)
from clary.services.logs.service import logs as service

__all__ = ["service"]
