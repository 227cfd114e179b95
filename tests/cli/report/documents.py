"""A document of model quality: AWS's own example of
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html, with curves of other points."""

from __future__ import annotations

NAN = {"value": 1.0, "standard_deviation": "NaN"}
ROC = {"false_positive_rates": [0.0, 0.25, 0.25, 1.0], "true_positive_rates": [0.0, 0.5, 0.75, 1.0]}
PRECISION_RECALL = {"precisions": [0.5, 0.8, 1.0], "recalls": [1.0, 0.5, 0.0]}
BINARY = {
    "confusion_matrix": {"0": {"0": 1, "1": 2}, "1": {"0": 0, "1": 1}},
    "recall": NAN,
    "precision": {"value": 1 / 3, "standard_deviation": 0.0125},
    "true_negative_rate": {"value": 1 / 3, "standard_deviation": "NaN"},
    "receiver_operating_characteristic_curve": ROC,
    "precision_recall_curve": PRECISION_RECALL,
}
DOCUMENT = {"version": 0.0, "dataset": {"item_count": 4}, "binary_classification_metrics": BINARY}
