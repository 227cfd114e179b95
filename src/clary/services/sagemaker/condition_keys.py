"""The condition keys of SageMaker that no member of a request tells as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Context
from clary.plane.request_keys import Values, members
from clary.services.sagemaker.service import sagemaker

# The actions that know `sagemaker:ModelArn` (Service Authorization Reference), and where each names its models.
_MODELS = {
    "sagemaker:CreateEndpointConfig": "ProductionVariants.ModelName",
    "sagemaker:CreateTransformJob": "ModelName",
}


def find(ctx: Context, action: str, params: Mapping[str, Any], key: str) -> Values:
    """`sagemaker:ModelArn`: requests name models, policies their ARNs."""
    if key != "sagemaker:modelarn" or action not in _MODELS:
        return None
    return tuple(ctx.arn(f"model/{name}") for name in members(params, _MODELS[action])) or None


sagemaker.condition_keys = find
