"""Metrics that an analyser leaves for CloudWatch as JSON Lines
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any

import orjson

from clary.plane import Call

PATH = "output/metrics/cloudwatch"
_BATCH = 500
_MOST_LINES = 10_000
_MOST_CALLS = 100  # an analyser has a namespace or two


def calls(text: bytes, role: str) -> list[Call]:
    """Return PutMetricData calls as a role for the lines, by namespace. Lines that are not metrics are
    left out, and so are those after the first 10,000: all calls belong to the one step that ends the job."""
    points: dict[str, list[dict[str, Any]]] = {}
    for line in islice(BytesIO(text), _MOST_LINES):
        point = _point(line)
        if point is not None:
            points.setdefault(point.pop("Namespace", "") or _namespace(point), []).append(point)
    batches = (
        {"Namespace": namespace, "MetricData": found[start : start + _BATCH]}
        for namespace, found in points.items()
        for start in range(0, len(found), _BATCH)
    )
    return [
        Call("cloudwatch", "PutMetricData", batch, optional=True, role=role)
        for batch in islice(batches, _MOST_CALLS)
    ]


def _point(line: bytes) -> dict[str, Any] | None:
    """Return the datum of a line, or None if a member has another type than in PutMetricData: a program
    may write anything."""
    try:
        given = orjson.loads(line)
        point = {"MetricName": given["MetricName"]} | {m: given[m] for m in _MEMBERS if m in given}
        if "Timestamp" in point:
            point["Timestamp"] = _seconds(point["Timestamp"])
    except (ValueError, TypeError, LookupError, OverflowError):
        return None
    return point if all(_MEMBERS[name](value) for name, value in point.items()) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _are_dimensions(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and all(_is_text(one.get(name)) for name in ("Name", "Value")) for one in value
    )


def _are_statistics(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_number, value.values()))


def _is_namespace(value: Any) -> bool:
    """Return whether a metric may have this namespace. Names that begin with AWS/ are for AWS's own
    metrics."""
    return _is_text(value) and not value.startswith("AWS/")


_MEMBERS: dict[str, Callable[[Any], bool]] = {
    "Namespace": _is_namespace,
    "MetricName": _is_text,
    "Timestamp": _is_number,
    "Dimensions": _are_dimensions,
    "Value": _is_number,
    "StatisticValues": _are_statistics,
    "Unit": _is_text,
}


def _seconds(stamp: str | float) -> float:
    return datetime.fromisoformat(stamp).timestamp() if isinstance(stamp, str) else float(stamp)


def _namespace(point: dict[str, Any]) -> str:
    """Return Model Monitor's own namespace: endpoints have one, batch jobs another."""
    names = {dimension["Name"] for dimension in point.get("Dimensions", [])}
    place = "Endpoints" if "Endpoint" in names else "ModelMonitoring"
    return f"aws/sagemaker/{place}/data-metrics"
