"""Requests for packages."""

from __future__ import annotations

from typing import Any

from tests.support.images import XGBOOST
from tests.support.sagemaker_requests import INFERENCE

SPECIFICATION = {
    **INFERENCE,
    "Containers": [{"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}],
    "SupportedTransformInstanceTypes": ["ml.m5.large"],
    "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
}


def alone(sm: Any, name: str = "alone", **more: Any) -> str:
    """Create a package without a group; return its ARN."""
    return sm.create_model_package(
        ModelPackageName=name, **{"InferenceSpecification": SPECIFICATION, **more}
    )["ModelPackageArn"]


def additional(*names: str) -> list[dict[str, Any]]:
    """Return additional inference specifications with these names."""
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/m.tar.gz"}
    return [{"Name": name, "Containers": [container]} for name in names]
