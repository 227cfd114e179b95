"""Endpoint configurations: which models an endpoint serves, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Document, Errors, Hooks, Noun
from clary.services.sagemaker import requests, volume_keys
from clary.services.sagemaker.hosting import accepts, models
from clary.services.sagemaker.hosting.serving import containers, is_multi_model
from clary.services.sagemaker.instances import resources_of
from clary.services.sagemaker.service import sagemaker

_STRATEGIES = ("LEAST_OUTSTANDING_REQUESTS", "RANDOM")


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """Raise what AWS answers beyond what the model says, or NotImplemented for what is not offered."""
    variants = params["ProductionVariants"]
    requests.unique([variant["VariantName"] for variant in variants], "Variant names")
    found = dict(_check_variant(ctx, variant) for variant in variants)
    check_capture(params.get("DataCaptureConfig"), found)
    requests.s3_only("CreateEndpointConfig", params, "DataCaptureConfig")
    volume_keys.require(ctx, params.get("KmsKeyId"), None)
    serverless = ["ServerlessConfig" in variant for variant in variants]
    if any(serverless):
        _check_serverless(params, len(variants), found)


def check_capture(capture: dict[str, Any] | None, documents: Mapping[str, dict[str, Any]]) -> None:
    """Raise ValidationException where the data of a model without a role would be captured.

    Capture writes to S3 with the role of the model that answered, so there must be one. `documents` are the models by
    name.
    """
    if not capture or capture.get("EnableCapture") is False:
        return
    for name, model in documents.items():
        if not model.get("ExecutionRoleArn"):
            raise validation(
                f"Model {name} has no execution role, which data capture needs to write to Amazon S3. Specify "
                "ExecutionRoleArn in CreateModel."
            )


def _check_variant(ctx: Context, variant: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the name and the document of the variant's model."""
    name = variant["VariantName"]
    if "ModelName" not in variant:
        raise not_implemented("sagemaker", "CreateEndpointConfig with inference components")
    model = models.model.find(ctx, variant["ModelName"])
    if ("ServerlessConfig" in variant) == ("InstanceType" in variant):
        raise validation(
            f"ProductionVariant {name} must specify exactly one of ServerlessConfig and InstanceType."
        )
    if len(containers(model.spec)) > 1 and resources_of(variant.get("InstanceType", "")).gpus:
        # Each container is a run, and GPUs are given to one run alone.
        raise not_implemented(
            "sagemaker", "CreateEndpointConfig with several containers on an instance with GPUs"
        )
    strategy = variant.get("RoutingConfig", {}).get("RoutingStrategy")
    if strategy not in (None, *_STRATEGIES):
        raise not_implemented("sagemaker", f"CreateEndpointConfig with RoutingStrategy {strategy}")
    return model.id, model.spec


def _check_serverless(params: dict[str, Any], variants: int, documents: Mapping[str, dict[str, Any]]) -> None:
    """Raise ValidationException for what serverless endpoints cannot do
    (https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html)."""
    if variants > 1:
        raise validation("A serverless endpoint can have only one production variant.")
    if params.get("DataCaptureConfig", {}).get("EnableCapture"):
        raise validation("Data capture is not supported for serverless endpoints.")
    for listed in map(containers, documents.values()):
        if len(listed) > 1 or is_multi_model(listed[0]):
            raise validation(
                "Serverless endpoints do not support multi-model endpoints and inference pipelines."
            )
    config = params["ProductionVariants"][0]["ServerlessConfig"]
    if config["MemorySizeInMB"] % 1024:
        raise validation("MemorySizeInMB must be one of 1024, 2048, 3072, 4096, 5120 and 6144.")
    check_concurrency(config)


def check_concurrency(config: dict[str, Any]) -> None:
    """Raise ValidationException if ProvisionedConcurrency exceeds MaxConcurrency, of which it is a part."""
    if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
        raise validation("ProvisionedConcurrency must be less than or equal to MaxConcurrency.")


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    variants = [{"InitialVariantWeight": 1.0, **variant} for variant in params["ProductionVariants"]]
    for variant in variants:
        if "ServerlessConfig" not in variant:
            variant.setdefault("InitialInstanceCount", 1)
    return Document({"ProductionVariants": variants})


endpoint_config = sagemaker.noun(
    Noun(
        "EndpointConfig",
        arn="endpoint-config/{EndpointConfigName}",
        accepts=accepts.ENDPOINT_CONFIG,
        hooks=Hooks(allow=allow, stamp=stamp),
        errors=Errors(
            missing='Could not find endpoint configuration "{arn}".',
            taken='Cannot create already existing endpoint configuration "{arn}".',
        ),
    )
)
