"""UpdateModelPackage: what a package's hook changes (packages.py), once for each ClientToken."""

from __future__ import annotations

from functools import cache
from typing import Any

from clary.plane import Context
from clary.plane.nouns.calls import Spelled
from clary.plane.nouns.verbs import update
from clary.services.sagemaker.registry import accepts, tokens
from clary.services.sagemaker.registry.packages import VERSION
from clary.services.sagemaker.service import sagemaker

Params = dict[str, Any]


@sagemaker.operation(on="model-package/{ModelPackageArn}", accepts=accepts.MODEL_PACKAGE["update"])
def update_model_package(ctx: Context, params: Params) -> Params:
    """Change a version of a group."""
    return tokens.once(ctx, params, lambda: update(_change(), ctx, params))


@cache
def _change() -> Spelled:
    """Read how UpdateModelPackage is spelled, at its first call."""
    return Spelled(VERSION, sagemaker.model.operations["UpdateModelPackage"])
