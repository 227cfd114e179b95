"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service

logs = Service("logs", schema="clary.services.logs")
