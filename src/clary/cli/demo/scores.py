"""Measures of predictions against labels, on plain lists. Knows neither models nor services."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby


def rmse(actual: Sequence[float], predicted: Sequence[float]) -> float:
    """Return the root mean squared error."""
    return math.sqrt(sum((a - p) ** 2 for a, p in zip(actual, predicted, strict=True)) / len(actual))


def accuracy(actual: Sequence[int], predicted: Sequence[int]) -> float:
    """Return the share of correct predictions."""
    return sum(a == p for a, p in zip(actual, predicted, strict=True)) / len(actual)


def auc(actual: Sequence[int], scores: Sequence[float]) -> float | None:
    """Return the area under the ROC curve (Mann-Whitney, ties count half); None if there is only one class."""
    positives = sum(actual)
    negatives = len(actual) - positives
    if not positives or not negatives:
        return None
    ranks, place = 0.0, 0
    for _, tied in groupby(sorted(zip(scores, actual, strict=True)), key=lambda pair: pair[0]):
        labels = [label for _, label in tied]
        ranks += sum(labels) * (place + (len(labels) + 1) / 2)
        place += len(labels)
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def confusion(actual: Sequence[int], predicted: Sequence[int], classes: int) -> tuple[tuple[int, ...], ...]:
    """Return counts by actual (row) and predicted (column) class."""
    counts = [[0] * classes for _ in range(classes)]
    for a, p in zip(actual, predicted, strict=True):
        counts[a][p] += 1
    return tuple(tuple(row) for row in counts)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
