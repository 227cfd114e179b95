"""Endpoint configurations: which models an endpoint is to serve, and how."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Errors, Resource
from clary.services.sagemaker import models
from clary.services.sagemaker.service import sagemaker

_ABSENT = ("AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants")


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """What the model cannot say."""
    for member in _ABSENT:
        if params.get(member):
            raise not_implemented("sagemaker", f"CreateEndpointConfig with {member}")
    variants = params["ProductionVariants"]
    names = [variant["VariantName"] for variant in variants]
    if len(names) != len(set(names)):
        raise validation("Variant names must be unique within an endpoint configuration.")
    for variant in variants:
        _check_variant(ctx, variant)


def _check_variant(ctx: Context, variant: dict[str, Any]) -> None:
    if "ModelName" not in variant:
        raise not_implemented("sagemaker", "CreateEndpointConfig with inference components")
    models.model.find(ctx, variant["ModelName"])
    if "ServerlessConfig" not in variant and "InstanceType" not in variant:
        raise validation(
            f"ProductionVariant {variant['VariantName']} must specify either a ServerlessConfig or an InstanceType."
        )


def stamp(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    variants = [{"InitialVariantWeight": 1.0, **variant} for variant in params["ProductionVariants"]]
    for variant in variants:
        if "ServerlessConfig" not in variant:
            variant.setdefault("InitialInstanceCount", 1)
    return {"ProductionVariants": variants}


endpoint_config = sagemaker.resource(
    Resource(
        "EndpointConfig",
        arn="endpoint-config/{EndpointConfigName}",
        stamp=stamp,
        allow=allow,
        errors=Errors(
            missing='Could not find endpoint configuration "{arn}".',
            taken='Cannot create already existing endpoint configuration "{arn}".',
        ),
    )
)
