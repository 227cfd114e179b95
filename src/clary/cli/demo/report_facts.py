"""The content of the demo's report: frozen values, and column charts from two statistics.json features.

Knows the format of Model Monitor's statistics, but no HTML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from clary.cli.drawing.numbers import number


@dataclass(frozen=True)
class Dataset:
    """The training data. `problem_type` in words: Regression, Binary classification …"""

    name: str
    rows: int
    columns: int
    target: str
    problem_type: str
    split: str = ""
    """How the rows were used, in words; may be empty."""
    left_out: tuple[str, ...] = ()
    """Columns of the file that were not used."""


@dataclass(frozen=True)
class Score:
    """A measure on held-out rows, next to the same measure of a trivial predictor."""

    name: str
    value: float
    reference: float
    reference_name: str
    """For example: mean predictor, majority class."""
    lower_is_better: bool = True
    unit: str = ""


@dataclass(frozen=True)
class Serving:
    """How the model answered. `max_difference` is the largest between endpoint and batch transform."""

    max_difference: float | None = None
    requests_per_second: float | None = None
    requests: int | None = None
    latency_p50_ms: float | None = None
    latency_p99_ms: float | None = None


@dataclass(frozen=True)
class Transition:
    """A secondary status and how long it lasted, in seconds."""

    status: str
    seconds: float


@dataclass(frozen=True)
class Step:
    """A step of the run; `start` and `end` in seconds from the start of the run."""

    name: str
    start: float
    end: float
    status: str = "Completed"
    detail: str = ""
    transitions: tuple[Transition, ...] = ()


@dataclass(frozen=True)
class LearningCurve:
    """A metric after each boosting round or epoch; either line may be empty."""

    metric: str
    train: tuple[float, ...]
    validation: tuple[float, ...]


@dataclass(frozen=True)
class Scatter:
    """True and predicted values of held-out rows, of equal length."""

    label: str
    actual: tuple[float, ...]
    predicted: tuple[float, ...]


@dataclass(frozen=True)
class Confusion:
    """Counts by actual (row) and predicted (column) label."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ColumnDrift:
    """A column before and after, as shares (0 to 1) of the same bins; `ends` names the first and the last
    bin."""

    name: str
    distance: float
    threshold: float
    baseline: tuple[float, ...]
    captured: tuple[float, ...]
    ends: tuple[str, str]


@dataclass(frozen=True)
class Violation:
    """An entry of constraint_violations.json."""

    feature: str
    check: str
    description: str


@dataclass(frozen=True)
class Call:
    """An AWS operation and how often the demo called it."""

    service: str
    operation: str
    count: int


@dataclass(frozen=True)
class DemoReport:
    """Everything that the page shows. Parts that are None or empty are marked as missing or left out."""

    title: str
    created: str
    """The time of the run, as the reader should see it."""
    endpoint_url: str
    dataset: Dataset
    scores: tuple[Score, ...]
    serving: Serving
    steps: tuple[Step, ...]
    learning_curve: LearningCurve | None = None
    prediction: Scatter | Confusion | None = None
    drifts: tuple[ColumnDrift, ...] = ()
    violations: tuple[Violation, ...] = ()
    calls: tuple[Call, ...] = ()


def column_drift(
    name: str, baseline: Mapping[str, Any], captured: Mapping[str, Any], distance: float, threshold: float
) -> ColumnDrift | None:
    """Return a column's chart from its two features in statistics.json; None if they are of different types."""
    if "numerical_statistics" in baseline and "numerical_statistics" in captured:
        pair = [_numeric_buckets(feature) for feature in (baseline, captured)]
        low, high = min(bins[0][0] for bins in pair), max(bins[-1][1] for bins in pair)
        edges = [low + (high - low) * index / _BINS for index in range(_BINS + 1)]
        before, after = (_rebinned(bins, edges) for bins in pair)
        return ColumnDrift(name, distance, threshold, before, after, (number(low), number(high)))
    if "string_statistics" in baseline and "string_statistics" in captured:
        counts = [_label_counts(feature) for feature in (baseline, captured)]
        labels = sorted(counts[0] | counts[1], key=lambda label: (-counts[0].get(label, 0), label))[:_BINS]
        before, after = (_shares([found.get(label, 0) for label in labels], found) for found in counts)
        ends = (labels[0], labels[-1] if len(labels) > 1 else "") if labels else ("", "")
        return ColumnDrift(name, distance, threshold, before, after, ends)
    return None


_BINS = 20


def _numeric_buckets(feature: Mapping[str, Any]) -> list[tuple[float, float, float]]:
    found = feature["numerical_statistics"]["distribution"]["kll"]["buckets"]
    return [(item["lower_bound"], item["upper_bound"], item["count"]) for item in found]


def _rebinned(buckets: Sequence[tuple[float, float, float]], edges: Sequence[float]) -> tuple[float, ...]:
    """Return the shares of new bins, with each bucket's count spread evenly over its width."""
    total = sum(count for _, _, count in buckets) or 1
    shares = []
    for index, (low, high) in enumerate(pairwise(edges)):
        last = index == len(edges) - 2
        shares.append(sum(count * _overlap(a, b, low, high, last) for a, b, count in buckets) / total)
    return tuple(shares)


def _overlap(start: float, end: float, low: float, high: float, last: bool) -> float:
    if end == start:
        return 1.0 if low <= start < high or (last and start >= high) else 0.0
    return max(0.0, min(end, high) - max(start, low)) / (end - start)


def _label_counts(feature: Mapping[str, Any]) -> dict[str, int]:
    found = feature["string_statistics"]["distribution"]["categorical"]["buckets"]
    return {item["value"]: item["count"] for item in found}


def _shares(counts: Sequence[int], whole: Mapping[str, int]) -> tuple[float, ...]:
    total = sum(whole.values()) or 1
    return tuple(count / total for count in counts)
