"""The metrics that an analyser leaves as JSON Lines for CloudWatch
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from clary.plane import Call

PATH = "output/metrics/cloudwatch"
_BATCH = 500


def calls(text: bytes) -> list[Call]:
    """PutMetricData calls for the lines, by namespace. A line that is no metric is left out."""
    points: dict[str, list[dict[str, Any]]] = {}
    for line in text.splitlines():
        point = _point(line)
        if point is not None:
            points.setdefault(point.pop("Namespace", None) or _namespace(point), []).append(point)
    return [
        Call(
            "cloudwatch",
            "PutMetricData",
            {"Namespace": namespace, "MetricData": found[start : start + _BATCH]},
            optional=True,
        )
        for namespace, found in points.items()
        for start in range(0, len(found), _BATCH)
    ]


def _point(line: bytes) -> dict[str, Any] | None:
    try:
        point = orjson.loads(line)
        stamp = point.get("Timestamp")
        return point if stamp is None else {**point, "Timestamp": _seconds(stamp)}
    except (ValueError, AttributeError, TypeError):
        return None


def _seconds(stamp: str | float) -> float:
    return datetime.fromisoformat(stamp).timestamp() if isinstance(stamp, str) else float(stamp)


def _namespace(point: dict[str, Any]) -> str:
    """Model Monitor's own namespaces: endpoints have one, batch jobs another."""
    names = {dimension.get("Name") for dimension in point.get("Dimensions", [])}
    place = "Endpoints" if "Endpoint" in names else "ModelMonitoring"
    return f"aws/sagemaker/{place}/data-metrics"
