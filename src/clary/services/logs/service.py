"""The CloudWatch Logs service. The modules beside this one register its operations."""

from clary.plane import Service
from clary.services.logs.accepts import ACCEPTS

logs = Service("logs", schema="clary.services.logs", accepts=ACCEPTS)
