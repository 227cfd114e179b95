"""The metrics of model quality for the three problem types, with their standard deviations.

Names and shapes: developer guide, "Model Quality Metrics". It knows arrays; it does not know files.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.str_]
Metrics = dict[str, float]
Measure = Callable[[NDArray[np.intp]], Metrics]

# "Model Monitor computes standard deviation by randomly sampling 80% of the data 5 times".
DEVIATION_ROWS = 200
DEVIATION_SAMPLES = 5
DEVIATION_SHARE = 0.8
CURVE_POINTS = 1000


def regression(truth: Floats, prediction: Floats) -> dict[str, Any]:
    """Return `regression_metrics`: mae, mse, rmse, r2."""
    return _with_deviations(lambda rows: _errors(truth[rows], prediction[rows]), len(truth))


def _errors(truth: Floats, prediction: Floats) -> Metrics:
    error = prediction - truth
    squared = float(np.mean(error**2))
    spread = float(np.mean((truth - truth.mean()) ** 2))
    return {
        "mae": float(np.abs(error).mean()),
        "mse": squared,
        "rmse": squared**0.5,
        "r2": 1 - squared / spread if spread else float("nan"),
    }


def binary(truth: Labels, prediction: Labels, scores: Floats | None) -> dict[str, Any]:
    """Return `binary_classification_metrics`; curves and auc only where there are probabilities.

    The positive class is the greater label ("1" of "0" and "1").
    """
    labels = np.unique(np.concatenate([truth, prediction]))
    positive = "1" if set(labels) <= {"0", "1"} else labels[-1]
    actual, predicted = truth == positive, prediction == positive

    def measure(rows: NDArray[np.intp]) -> Metrics:
        found = _rates(actual[rows], predicted[rows])
        return found if scores is None else {**found, "auc": auc(actual[rows], scores[rows])}

    metrics = {"confusion_matrix": confusion(truth, prediction), **_with_deviations(measure, len(truth))}
    if scores is not None:
        metrics |= _curves(actual, scores)
    return metrics


def _rates(actual: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Metrics:
    hits = int((actual & predicted).sum())
    positives, negatives, claimed = int(actual.sum()), int((~actual).sum()), int(predicted.sum())
    recall, precision = _ratio(hits, positives), _ratio(hits, claimed)
    false_positive_rate = _ratio(claimed - hits, negatives)
    # The constant classifier which AWS's figures describe always answers "positive".
    prevalence = _ratio(positives, len(actual))
    found = {
        "recall": recall,
        "precision": precision,
        "accuracy": float((actual == predicted).mean()),
        "recall_best_constant_classifier": 1.0 if positives else 0.0,
        "precision_best_constant_classifier": prevalence,
        "accuracy_best_constant_classifier": prevalence,
        "true_positive_rate": recall,
        "true_negative_rate": 1 - false_positive_rate if negatives else 0.0,
        "false_positive_rate": false_positive_rate,
        "false_negative_rate": 1 - recall if positives else 0.0,
    }
    for name, beta in _BETAS.items():
        found[name] = f_score(precision, recall, beta)
        found[f"{name}_best_constant_classifier"] = f_score(prevalence, 1.0 if positives else 0.0, beta)
    return found


_BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}


def f_score(precision: float, recall: float, beta: float) -> float:
    """Return the weighted harmonic mean of precision and recall; 0 where both are 0."""
    weight = beta * beta
    return _ratio((1 + weight) * precision * recall, weight * precision + recall)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _ranked(actual: NDArray[np.bool_], scores: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return counts of true and false positives if everything down to each distinct score is called positive."""
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits = np.cumsum(actual[order])[last]
    return hits, last + 1 - hits


def auc(actual: NDArray[np.bool_], scores: Floats) -> float:
    """Return the area under the receiver operating characteristic; NaN if there is only one class."""
    hits, alarms = _ranked(actual, scores)
    if not hits[-1] or not alarms[-1]:
        return float("nan")
    rates = np.concatenate(([0.0], hits / hits[-1]))
    return float(np.trapezoid(rates, np.concatenate(([0.0], alarms / alarms[-1]))))


def _curves(actual: NDArray[np.bool_], scores: Floats) -> dict[str, Any]:
    hits, alarms = _ranked(actual, scores)
    if len(hits) > CURVE_POINTS:
        kept = np.linspace(0, len(hits) - 1, CURVE_POINTS).astype(int)
        hits, alarms = hits[kept], alarms[kept]
    true_rates = hits / max(1, hits[-1])
    false_rates = alarms / max(1, alarms[-1])
    precisions = hits / (hits + alarms)
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": [0.0, *false_rates.tolist(), 1.0],
            "true_positive_rates": [0.0, *true_rates.tolist(), 1.0],
        },
        "precision_recall_curve": {
            "precisions": [float(precisions[0]), *precisions.tolist()],
            "recalls": [0.0, *true_rates.tolist()],
        },
    }


def multiclass(truth: Labels, prediction: Labels) -> dict[str, Any]:
    """Return `multiclass_classification_metrics`; weighted by how often each class occurs in truth."""
    found = _with_deviations(lambda rows: _weighted_and_constant(truth[rows], prediction[rows]), len(truth))
    return {"confusion_matrix": confusion(truth, prediction), **found}


def _weighted_and_constant(truth: Labels, prediction: Labels) -> Metrics:
    classes, counts = np.unique(truth, return_counts=True)
    constant = np.full(len(truth), classes[counts.argmax()])
    best = _weighted(truth, constant)
    return {
        **_weighted(truth, prediction),
        **{f"{name}_best_constant_classifier": value for name, value in best.items()},
    }


def _weighted(truth: Labels, prediction: Labels) -> Metrics:
    found = {"accuracy": float((truth == prediction).mean())}
    totals = dict.fromkeys(("recall", "precision", *_BETAS), 0.0)
    for label, count in zip(*np.unique(truth, return_counts=True), strict=True):
        predicted = prediction == label
        hits = int((predicted & (truth == label)).sum())
        recall, precision = hits / count, _ratio(hits, int(predicted.sum()))
        scores = {"recall": recall, "precision": precision}
        scores |= {name: f_score(precision, recall, beta) for name, beta in _BETAS.items()}
        for name, value in scores.items():
            totals[name] += value * count / len(truth)
    return found | {f"weighted_{name}": float(value) for name, value in totals.items()}


def confusion(truth: Labels, prediction: Labels) -> dict[str, dict[str, int]]:
    """Return counts by actual, then by predicted label."""
    labels, codes = np.unique(np.concatenate([truth, prediction]), return_inverse=True)
    size = len(labels)
    cells = np.bincount(codes[: len(truth)] * size + codes[len(truth) :], minlength=size * size)
    names = [str(label) for label in labels]
    return {
        actual: dict(zip(names, map(int, row), strict=True))
        for actual, row in zip(names, cells.reshape(size, size), strict=True)
    }


def _with_deviations(measure: Measure, size: int) -> dict[str, Any]:
    values = measure(np.arange(size))
    deviations = _deviations(measure, size) if size >= DEVIATION_ROWS else {}
    return {
        name: {"value": _spelt(value), "standard_deviation": _spelt(deviations.get(name, float("nan")))}
        for name, value in values.items()
    }


def _deviations(measure: Measure, size: int) -> Metrics:
    random = np.random.default_rng(0)  # the same data give the same report
    kept = int(size * DEVIATION_SHARE)
    samples = [measure(random.choice(size, kept, replace=False)) for _ in range(DEVIATION_SAMPLES)]
    return {name: float(np.std([sample[name] for sample in samples])) for name in samples[0]}


def _spelt(value: float) -> float | str:
    """JSON has no NaN; AWS's files spell it as a text."""
    return float(value) if value == value else "NaN"
