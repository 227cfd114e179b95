"""Which members of the requests are acted on: all."""

from __future__ import annotations

from clary.plane import Members

ACCEPTS: dict[str, Members] = {"BatchPutMetrics": Members("TrialComponentName MetricData")}
