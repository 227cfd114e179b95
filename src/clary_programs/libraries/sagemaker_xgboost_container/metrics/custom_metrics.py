"""Metrics for the evaluation of a training: each takes predictions and a DMatrix, and returns (name, value).

Predictions are margins: above 0 is class 1, and of several columns the greatest is the class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from clary_programs.algorithms.xgboost.errors import CustomerError
from clary_programs.algorithms.xgboost.metrics import score

if TYPE_CHECKING:
    import numpy as np
    import xgboost

    Metric = Callable[[np.ndarray, xgboost.DMatrix], tuple[str, float]]


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return the probabilities of margins."""
    import numpy as np

    return 0.5 * (1 + np.tanh(0.5 * x))


def margin_to_class_label(preds: np.ndarray) -> np.ndarray:
    """Return the class of each margin, or of each row of margins."""
    return preds.argmax(axis=-1) if preds.ndim > 1 else (preds > 0.0).astype(int)


def _classification(name: str) -> Metric:
    def metric(preds: np.ndarray, dtrain: xgboost.DMatrix) -> tuple[str, float]:
        if preds.size == 0:
            return name, 0.0
        labels = dtrain.get_label()
        classes = int(max(labels.max(), margin_to_class_label(preds).max(), 1)) + 1
        return _scored(name, labels, preds, classes)

    return _named(metric, name)


def _regression(name: str) -> Metric:
    def metric(preds: np.ndarray, dtrain: xgboost.DMatrix) -> tuple[str, float]:
        return _scored(name, dtrain.get_label(), preds, 2)

    return _named(metric, name)


def _named(metric: Metric, name: str) -> Metric:
    metric.__name__, metric.__doc__ = name, f"Return ({name!r}, the score over all rows)."
    return metric


def _scored(name: str, labels: np.ndarray, preds: np.ndarray, classes: int) -> tuple[str, float]:
    try:
        ((_, value),) = score([name], labels, preds, "binary:logitraw", classes, lambda counts: counts)
    except CustomerError as error:
        raise ValueError(str(error)) from error
    return name, value


def mae(preds: np.ndarray, dtrain: xgboost.DMatrix) -> tuple[str, float]:
    """Return ('mae', the mean absolute error)."""
    return "mae", float(abs(preds - dtrain.get_label()).mean())


def rmse(preds: np.ndarray, dtrain: xgboost.DMatrix) -> tuple[str, float]:
    """Return ('rmse', the root of the mean squared error)."""
    return "rmse", mse(preds, dtrain)[1] ** 0.5


accuracy = _classification("accuracy")
balanced_accuracy = _classification("balanced_accuracy")
f1 = _classification("f1")
f1_binary = _classification("f1_binary")
f1_macro = _classification("f1_macro")
mse = _regression("mse")
precision = _classification("precision")
precision_macro = _classification("precision_macro")
precision_micro = _classification("precision_micro")
r2 = _regression("r2")
recall = _classification("recall")
recall_macro = _classification("recall_macro")
recall_micro = _classification("recall_micro")

CUSTOM_METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "f1": f1,
    "f1_binary": f1_binary,
    "f1_macro": f1_macro,
    "mse": mse,
    "rmse": rmse,
    "mae": mae,
    "precision": precision,
    "precision_macro": precision_macro,
    "precision_micro": precision_micro,
    "r2": r2,
    "recall": recall,
    "recall_macro": recall_macro,
    "recall_micro": recall_micro,
}


def get_custom_metrics(eval_metrics: Iterable[str]) -> list[str]:
    """Return those of the metrics that are computed here, in the order given."""
    return [name for name in eval_metrics if name in CUSTOM_METRICS]


def configure_feval(
    custom_metric_list: Iterable[str],
) -> Callable[[np.ndarray, xgboost.DMatrix], list[tuple[str, float]]]:
    """Return a function of predictions and a DMatrix that computes several metrics."""
    names = list(custom_metric_list)

    def custom_feval(preds: np.ndarray, dtrain: xgboost.DMatrix) -> list[tuple[str, float]]:
        return [CUSTOM_METRICS[name](preds, dtrain) for name in names]

    return custom_feval
