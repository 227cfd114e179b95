"""The evaluation metrics of the XGBoost container, which way each is better, and which it computes itself.

Source: aws/sagemaker-xgboost-container, `constants/xgb_constants.py`.
"""

from __future__ import annotations

MAXIMIZE = (
    "accuracy",
    "auc",
    "aucpr",
    "balanced_accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "map",
    "ndcg",
    "precision",
    "r2",
    "recall",
    "precision_macro",
    "precision_micro",
    "recall_macro",
    "recall_micro",
)
MINIMIZE = (
    "aft-nloglik",
    "cox-nloglik",
    "error",
    "gamma-deviance",
    "gamma-nloglik",
    "interval-regression-accuracy",
    "logloss",
    "mae",
    "mape",
    "merror",
    "mlogloss",
    "mphe",
    "mse",
    "poisson-nloglik",
    "rmse",
    "rmsle",
    "tweedie-nloglik",
)
ALL = (*MAXIMIZE, *MINIMIZE)
WITH_THRESHOLD = ("error", "ndcg", "map")
TUNING = tuple(f"validation:{name}" for name in ALL)


def is_maximized(metric: str) -> bool:
    """Return whether more is better; `ndcg@5` goes by `ndcg`."""
    return metric.split("@", 1)[0] in MAXIMIZE
