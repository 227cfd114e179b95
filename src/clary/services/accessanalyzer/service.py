"""The IAM Access Analyzer service. Its actions have another prefix than its endpoint."""

from __future__ import annotations

from clary.plane import Service

analyzer = Service("accessanalyzer", actions="access-analyzer")
