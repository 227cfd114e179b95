"""Constraints on model-quality metrics: what a baseline suggests, and which of them a current run violates.

It knows metric documents; it does not know how a metric is computed.
"""

from typing import Any

from .errors import AnalysisError

SECTIONS = {
    "Regression": ("regression_metrics", "regression_constraints"),
    "BinaryClassification": ("binary_classification_metrics", "binary_classification_constraints"),
    "MulticlassClassification": (
        "multiclass_classification_metrics",
        "multiclass_classification_constraints",
    ),
}

GREATER, LESS = "GreaterThanThreshold", "LessThanThreshold"

# The direction that violates: errors must not grow, scores must not fall.
_OPERATORS = dict.fromkeys(("mae", "mse", "rmse", "false_positive_rate", "false_negative_rate"), GREATER)
_OPERATORS |= dict.fromkeys(
    ("r2", "recall", "precision", "accuracy", "true_positive_rate", "true_negative_rate", "auc"), LESS
)
_OPERATORS |= dict.fromkeys(("f0_5", "f1", "f2", "weighted_recall", "weighted_precision"), LESS)
_OPERATORS |= dict.fromkeys(("weighted_f0_5", "weighted_f1", "weighted_f2"), LESS)


def suggested(problem_type: str, metrics: dict[str, Any]) -> dict[str, Any]:
    """Return the constraints.json in which every metric may be no worse than it is now."""
    section = {
        name: {"threshold": metrics[name]["value"], "comparison_operator": operator}
        for name, operator in _OPERATORS.items()
        if name in metrics and metrics[name]["value"] != "NaN"
    }
    return {"version": 0.0, SECTIONS[problem_type][1]: section}


def violations(
    problem_type: str, constraints: dict[str, Any], metrics: dict[str, Any]
) -> list[dict[str, str]]:
    """Elements of `violations` for the metrics that are worse than their thresholds."""
    key = SECTIONS[problem_type][1]
    if not isinstance(constraints.get(key), dict):
        raise AnalysisError(f"The baseline constraints have no {key}")
    found = (_violation(name, rule, metrics.get(name)) for name, rule in constraints[key].items())
    return [violation for violation in found if violation]


def _violation(name: str, rule: dict[str, Any], metric: Any) -> dict[str, str] | None:
    try:
        threshold, operator = float(rule["threshold"]), rule["comparison_operator"]
    except (KeyError, TypeError, ValueError) as error:
        raise AnalysisError(f"The constraint on {name} is malformed: {error!r}") from error
    if operator not in (GREATER, LESS):
        raise AnalysisError(f"The constraint on {name} has comparison_operator {operator}")
    value = metric.get("value") if isinstance(metric, dict) else None
    if not isinstance(value, float | int):
        return None
    if not (value > threshold if operator == GREATER else value < threshold):
        return None
    return {
        "constraint_check_type": operator,
        "description": f"Metric {name} with {value} was {operator} {threshold}",
        "metric_name": name,
    }
