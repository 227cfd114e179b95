"""Amazon CloudWatch Logs: groups, streams and their events."""

from clary.services.logs import access, events, filtering, groups, reading, streams, tagging  # noqa: F401
from clary.services.logs.service import logs as service

__all__ = ["service"]
