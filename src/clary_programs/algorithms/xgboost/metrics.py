"""Metrics that xgboost does not compute itself, from sums that can be added up over hosts.

Each host counts; the counts are summed; the score follows from the sums. So a score over many hosts is that of
all rows together. Meaning as in scikit-learn, which AWS's container calls: undefined ratios count as 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from clary_programs.algorithms.xgboost.errors import CustomerError

if TYPE_CHECKING:
    import numpy as np

CLASSIFICATION = (
    "accuracy",
    "balanced_accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "precision",
    "precision_macro",
    "precision_micro",
    "recall",
    "recall_macro",
    "recall_micro",
)
REGRESSION = ("mse", "r2")
CONTAINER_METRICS = (*CLASSIFICATION, *REGRESSION)

Sum = Callable[["np.ndarray"], "np.ndarray"]
"""Adds an array of counts up over all hosts."""


def predicted_labels(predictions: np.ndarray, objective: str) -> np.ndarray:
    """Return int64 (rows,): the class of each prediction as the booster gives it for `objective`."""
    if predictions.ndim > 1:
        return predictions.argmax(axis=1)
    if objective == "multi:softmax":
        return predictions.astype("int64")
    threshold = 0.0 if objective == "binary:logitraw" else 0.5
    return (predictions > threshold).astype("int64")


def score(
    names: list[str], labels: np.ndarray, predictions: np.ndarray, objective: str, classes: int, add_up: Sum
) -> list[tuple[str, float]]:
    """Return (name, score) of each of `names`, all of them from CONTAINER_METRICS.

    `labels`: float32 (rows,); `predictions`: (rows,) or (rows, classes); `classes`: at least 2.
    """
    out = []
    counts = sums = None
    for name in names:
        if name in CLASSIFICATION:
            if counts is None:
                counts = add_up(confusion(labels, predicted_labels(predictions, objective), classes))
            out.append((name, _classification(name, counts)))
        else:
            if sums is None:
                sums = add_up(moments(labels, predictions))
            out.append((name, _mse(sums) if name == "mse" else _r2(sums)))
    return out


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return float64 (classes, classes): rows are true, columns predicted classes."""
    import numpy as np

    cells = labels.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).astype(np.float64).reshape(classes, classes)


def moments(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Return float64 (4,): rows, squared errors, labels and squared labels, each summed."""
    import numpy as np

    truth = labels.astype(np.float64)
    if predictions.shape != labels.shape:
        raise CustomerError("mse and r2 need one prediction a row; use them with a regression objective")
    errors = predictions.astype(np.float64) - truth
    return np.array([len(truth), (errors**2).sum(), truth.sum(), (truth**2).sum()])


def _classification(name: str, counts: np.ndarray) -> float:
    if name == "accuracy":
        return _ratio(float(counts.trace()), float(counts.sum()))
    if name == "balanced_accuracy":
        seen = counts.sum(axis=1) > 0
        return _mean([_recall(counts, at) for at in seen.nonzero()[0]])
    measure = {"f1": _f1, "precision": _precision, "recall": _recall}[name.split("_", 1)[0]]
    average = "macro" if name == "f1" else name.partition("_")[2] or "binary"
    if average == "micro":
        # Over all classes false positives equal false negatives: each micro average is the accuracy.
        return _ratio(float(counts.trace()), float(counts.sum()))
    if average == "macro":
        present = (counts.sum(axis=0) + counts.sum(axis=1)) > 0
        return _mean([measure(counts, at) for at in present.nonzero()[0]])
    if len(counts) > 2:
        raise CustomerError(
            "Target is multiclass but average='binary'. Please choose another average setting, "
            "one of [None, 'micro', 'macro', 'weighted']."
        )
    return measure(counts, 1)


def _precision(counts: np.ndarray, at: int) -> float:
    return _ratio(float(counts[at, at]), float(counts[:, at].sum()))


def _recall(counts: np.ndarray, at: int) -> float:
    return _ratio(float(counts[at, at]), float(counts[at].sum()))


def _f1(counts: np.ndarray, at: int) -> float:
    return _ratio(2 * float(counts[at, at]), float(counts[at].sum() + counts[:, at].sum()))


def _mse(sums: np.ndarray) -> float:
    return _ratio(float(sums[1]), float(sums[0]))


def _r2(sums: np.ndarray) -> float:
    rows, errors, total, squares = map(float, sums)
    spread = squares - total * total / rows if rows else 0.0
    if spread <= 0:
        return 1.0 if errors == 0 else 0.0
    return 1 - errors / spread


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
