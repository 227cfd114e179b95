"""Contents of model cards."""

from __future__ import annotations

import json
from typing import Any

FULL: dict[str, Any] = {
    "model_overview": {
        "model_id": "m",
        "model_name": "churn",
        "model_version": 2,
        "model_artifact": ["s3://bucket/model.tar.gz"],
        "inference_environment": {"container_image": ["image:1"]},
    },
    "intended_uses": {"risk_rating": "Low", "purpose_of_model": "To find who (soon) leaves \\ us."},
    "business_details": {"line_of_business": "Telephones"},
    "training_details": {
        "objective_function": {"function": {"function": "Maximize", "facet": "AUC"}, "notes": "n"},
        "training_job_details": {
            "training_arn": "arn:aws:sagemaker:us-east-1:111122223333:training-job/j",
            "training_metrics": [{"name": "auc", "value": 0.91}],
            "hyper_parameters": [{"name": "eta", "value": "0.1"}],
        },
    },
    "evaluation_details": [
        {
            "name": "holdout",
            "datasets": ["s3://bucket/test"],
            "metadata": {"by": "me"},
            "metric_groups": [
                {
                    "name": "curves",
                    "metric_data": [
                        {"name": "rmse", "type": "number", "value": 1.5, "notes": "on the test set"},
                        {"name": "fair", "type": "boolean", "value": True},
                        {"name": "roc", "type": "linear_graph", "value": [[0, 0], [0.5, 0.8], [1, 1]]},
                        {
                            "name": "importance",
                            "type": "bar_chart",
                            "value": [3, -1, 2.5],
                            "x_axis_name": ["a", "b", "c"],
                            "y_axis_name": "weight",
                        },
                        {
                            "name": "confusion",
                            "type": "matrix",
                            "value": [[10, 2], [3, 9]],
                            "x_axis_name": ["no", "yes"],
                            "y_axis_name": ["no", "yes"],
                        },
                    ],
                }
            ],
        }
    ],
    "additional_information": {"custom_details": {"contact": "Zoë"}, "ethical_considerations": "none"},
}


def text(**content: Any) -> str:
    return json.dumps(content)
