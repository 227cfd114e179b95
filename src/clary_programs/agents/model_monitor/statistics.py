"""statistics.json of a dataset: counts, moments and distribution of every column.

Shapes: developer guide, "Schema for Statistics (statistics.json file)".
"""

from typing import Any

import numpy as np

from . import kll
from .columns import STRING, UNKNOWN, Column

# Deequ's profiler keeps a histogram of up to 120 values; a longer one is cut to the most frequent.
HISTOGRAM_LIMIT = 120

Statistics = dict[str, Any]


def dataset_statistics(columns: list[Column], item_count: int) -> Statistics:
    """Return the whole document."""
    return {
        "version": 0.0,
        "dataset": {"item_count": item_count},
        "features": [feature_statistics(column) for column in columns],
    }


def feature_statistics(column: Column) -> Statistics:
    """Return one element of `features`; a column without values has neither kind of statistics."""
    kind = column.inferred_type
    feature: Statistics = {"name": column.name, "inferred_type": kind}
    if kind == STRING:
        feature["string_statistics"] = _string_statistics(column)
    elif kind != UNKNOWN:
        feature["numerical_statistics"] = _numerical_statistics(column)
    return feature


def _common(column: Column) -> dict[str, int]:
    return {"num_present": column.present, "num_missing": column.missing}


def _numerical_statistics(column: Column) -> Statistics:
    ordered = np.sort(column.numbers)
    return {
        "common": _common(column),
        "mean": float(ordered.mean()),
        "sum": float(ordered.sum()),
        "std_dev": float(ordered.std()),
        "min": float(ordered[0]),
        "max": float(ordered[-1]),
        "distribution": {
            "kll": {"buckets": kll.buckets(ordered), "sketch": kll.sketch(ordered).as_json()},
        },
    }


def _string_statistics(column: Column) -> Statistics:
    labels, counts = column.labels or (), column.label_counts
    pairs = [] if counts is None else sorted(zip(counts.tolist(), labels, strict=True), key=_frequent_first)
    return {
        "common": _common(column),
        "distinct_count": float(len(pairs)),
        "distribution": {
            "categorical": {
                "buckets": [{"value": label, "count": count} for count, label in pairs[:HISTOGRAM_LIMIT]]
            }
        },
    }


def _frequent_first(pair: tuple[int, str]) -> tuple[int, str]:
    return -pair[0], pair[1]
