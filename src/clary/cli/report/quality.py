"""Documents in AWS's form of model quality
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html), as monitors and the evaluation
scripts of pipelines write them. Knows no picture. A document is a program's own: what has another form is left out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MOST_METRICS = 200
_MOST_CLASSES = 30
_MOST_POINTS = 10_000
# The members of each curve: what lies across, what lies up.
_CURVES = {
    "receiver_operating_characteristic_curve": ("false_positive_rates", "true_positive_rates"),
    "precision_recall_curve": ("recalls", "precisions"),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A number with its standard deviation, None where there is none ("NaN", with fewer than 200 rows)."""

    name: str
    value: float | None
    deviation: float | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts by actual class (rows) and predicted class. `left_out` is how many classes are not shown."""

    labels: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The metrics of one kind of problem, such as `binary_classification_metrics`."""

    name: str
    metrics: tuple[Metric, ...]
    confusion: Confusion | None
    curves: dict[str, tuple[tuple[float, float], ...]]


def groups(text: str | bytes) -> list[Group]:
    """Return the groups of metrics in a document, [] if it has none or is not JSON."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    members = document.items() if isinstance(document, dict) else ()
    return [group for name, found in members if isinstance(found, dict) and (group := _group(name, found))]


def _group(name: str, found: dict[str, Any]) -> Group | None:
    metrics = tuple(_metrics(found))[:_MOST_METRICS]
    confusion = _confusion(found.get("confusion_matrix"))
    curves = {curve: points for curve in _CURVES if (points := _points(found.get(curve), *_CURVES[curve]))}
    return Group(name, metrics, confusion, curves) if metrics or confusion or curves else None


def _metrics(found: dict[str, Any]) -> Iterator[Metric]:
    for name, value in found.items():
        if isinstance(value, dict) and "value" in value:
            yield Metric(name, _number(value["value"]), _number(value.get("standard_deviation")))
        elif _number(value) is not None:
            yield Metric(name, _number(value), None)


def _number(found: Any) -> float | None:
    """Return a finite number; None for anything else, such as "NaN" and true."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return found if abs(found) < 1e300 and math.isfinite(found) else None


def _confusion(found: Any) -> Confusion | None:
    """Return the matrix. The outer classes are the actual ones: in AWS's example {"0": {"0": 1, "1": 2}, "1": {"0": 0, "1": 1}}
    has a recall of 1 and a precision of 1/3."""
    if not isinstance(found, dict) or not all(isinstance(row, dict) for row in found.values()) or not found:
        return None
    labels = list(dict.fromkeys([*found, *(label for row in found.values() for label in row)]))
    kept = labels[:_MOST_CLASSES]
    counts = tuple(tuple(_number(found.get(one, {}).get(other)) or 0 for other in kept) for one in kept)
    return Confusion(tuple(kept), counts, len(labels) - len(kept))


def _points(found: Any, across: str, up: str) -> tuple[tuple[float, float], ...]:
    """Return the points of a curve, from left to right; those above one another stay in their order."""
    if not isinstance(found, dict):
        return ()
    lists = [found.get(across), found.get(up)]
    if not all(isinstance(one, list) for one in lists):
        return ()
    pairs = zip(*(map(_number, one[:_MOST_POINTS]) for one in lists if isinstance(one, list)), strict=False)
    points = [(x, y) for x, y in pairs if x is not None and y is not None]
    backwards = bool(points) and points[0][0] > points[-1][0]  # as scikit-learn's precision_recall_curve
    return tuple(sorted(reversed(points) if backwards else points, key=lambda point: point[0]))
