"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service
from clary.services.logs.accepts import ACCEPTS

logs = Service("logs", schema="clary.services.logs", accepts=ACCEPTS)
