"""CloudWatch metric lines in the file that the platform forwards; the platform chooses the namespace.

Names and shape: developer guide, "CloudWatch Metrics" of Model Monitor (built-in and bring-your-own
container).
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .columns import Column
from .constraints import Constraints
from .drift import Drift
from .environment import Settings

Line = dict[str, Any]


def data_metrics(
    settings: Settings, constraints: Constraints | None, columns: list[Column], distances: dict[str, Drift]
) -> Iterator[Line]:
    """feature_data, feature_non_null and feature_baseline_drift of every feature that emits metrics."""
    emits = (
        {feature.name: feature.config.emit_metrics for feature in constraints.features} if constraints else {}
    )
    default = constraints.config.emit_metrics if constraints else True
    for column in columns:
        if not emits.get(column.name, default):
            continue
        if len(column.numbers):
            yield _line(settings, f"feature_data_{column.name}", StatisticValues=_statistic_values(column))
        yield _line(settings, f"feature_non_null_{column.name}", Value=column.completeness)
        if column.name in distances:
            distance = distances[column.name].distance
            yield _line(settings, f"feature_baseline_drift_{column.name}", Value=distance)


def model_metrics(settings: Settings, metrics: dict[str, float]) -> Iterator[Line]:
    """Yield one line for each finite scalar metric of model quality."""
    for name, value in metrics.items():
        if value == value:
            yield _line(settings, name, Value=value)


def write(path: Path, lines: Iterable[Line]) -> None:
    """One JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def _statistic_values(column: Column) -> dict[str, float]:
    numbers = column.numbers
    return {
        "SampleCount": float(len(numbers)),
        "Sum": float(numbers.sum()),
        "Minimum": float(numbers.min()),
        "Maximum": float(numbers.max()),
    }


def _line(settings: Settings, name: str, **value: Any) -> Line:
    moment = settings.metric_time or settings.start_time or datetime.now(UTC)
    dimensions = [("Endpoint", settings.endpoint), ("MonitoringSchedule", settings.schedule)]
    return {
        "MetricName": name,
        "Timestamp": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Dimensions": [{"Name": key, "Value": known} for key, known in dimensions if known],
        **value,
    }
