"""Endpoints as the API shows them: create, update without downtime, delete. What moves them is in
deployment.py."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Also, Context, Document, Errors, Hooks, Noun, Query, Record, States, revise
from clary.services.sagemaker import requests
from clary.services.sagemaker.hosting import accepts, deployment, models, traffic
from clary.services.sagemaker.hosting.endpoint_configs import (
    check_capture,
    check_concurrency,
    endpoint_config,
)
from clary.services.sagemaker.hosting.serving import containers
from clary.services.sagemaker.service import sagemaker

# "Failed" and "OutOfService" endpoints can still be deleted, which their controller does.
STATES = States(
    "EndpointStatus",
    start="Creating",
    final=("OutOfService",),
    leaving="Deleting",
    busy=("Creating", "Updating", "Deleting"),
)


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """Raise what AWS answers beyond what the model says, or NotImplemented for what is not offered."""
    _check_deployment("CreateEndpoint", params)
    _check_name(ctx, params["EndpointName"])


def _check_name(ctx: Context, name: str) -> None:
    """Raise if there is an endpoint with this name, whose case does not matter in CreateEndpoint
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html)."""
    alike = ctx.tx.list(endpoint.kind, ctx.scope, Query(where=[("id", "contains", name)], limit=10_000))
    for record in alike:
        if record.id.lower() == name.lower():
            raise endpoint.says.exists(record.arn, record.id)


def _check_deployment(operation: str, params: dict[str, Any]) -> None:
    """Raise NotImplemented for traffic that would move in portions: here all of it moves at once."""
    routing = _routing(params.get("DeploymentConfig", {}))
    if routing.get("Type", "ALL_AT_ONCE") != "ALL_AT_ONCE":
        raise not_implemented("sagemaker", f"{operation} with {routing['Type']} traffic routing")


def _routing(deployment: dict[str, Any]) -> dict[str, Any]:
    return deployment.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    plan = _plan(ctx, params["EndpointConfigName"])
    _check_capture(plan)
    return Document(private={"plan": plan, "generation": 1, "last_generation": 1, "since": ctx.now})


def _check_capture(plan: dict[str, Any]) -> None:
    """Check the models of a plan again: they may have been replaced since their configuration was made."""
    check_capture(plan["capture"], {one["ModelName"]: one["_model"] for one in plan["variants"]})


def _plan(ctx: Context, config_name: str) -> dict[str, Any]:
    """Return the configuration as it is now. An endpoint goes on when its configuration or models are
    deleted."""
    config = endpoint_config.find(ctx, config_name)
    variants = []
    for variant in config.spec["ProductionVariants"]:
        requests.instances(variant.get("InitialInstanceCount", 1), "endpoint")
        model = ctx.tx.get(models.model.kind, ctx.scope, variant["ModelName"])
        if model is None:
            raise validation(f'Could not find model "{ctx.arn("model/" + variant["ModelName"])}".')
        variants.append({**variant, "_model": models.remembered(model)})
    return {"name": config_name, "variants": variants, "capture": config.spec.get("DataCaptureConfig")}


def detail(record: Record) -> dict[str, Any]:
    """Return the variants as they are served now, and the state of data capture."""
    doc = record.private
    plan = doc.get("served") or doc["plan"]
    shown: dict[str, Any] = {"EndpointConfigName": plan["name"]}
    if record.status in ("InService", "Updating", "Deleting") and doc.get("served"):
        shown["ProductionVariants"] = [
            _summary(doc, variant, _desired(doc, variant)) for variant in plan["variants"]
        ]
    capture = plan.get("capture")
    if capture:
        enabled = capture.get("EnableCapture", False)
        shown["DataCaptureConfig"] = {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }
    return shown


def _desired(doc: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    """Return the variant as UpdateEndpointWeightsAndCapacities wants it. During UpdateEndpoint it is
    unchanged: that deploys another generation."""
    if doc["generation"] != doc["served_generation"]:
        return variant
    name = variant["VariantName"]
    return next((one for one in doc["plan"]["variants"] if one["VariantName"] == name), variant)


def _summary(doc: dict[str, Any], variant: dict[str, Any], desired: dict[str, Any]) -> dict[str, Any]:
    name = variant["VariantName"]
    listed = variant["_model"].get("_package") or containers(variant["_model"])
    images = [one.get("Image", "") for one in listed]
    summary = {
        "VariantName": name,
        "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image} for image in images],
        "CurrentWeight": variant["InitialVariantWeight"],
        "DesiredWeight": desired["InitialVariantWeight"],
    }
    if "ServerlessConfig" in variant:
        served = {
            "CurrentServerlessConfig": variant["ServerlessConfig"],
            "DesiredServerlessConfig": desired["ServerlessConfig"],
        }
        return {**summary, "CurrentInstanceCount": 0, **served}
    current = traffic.ready(doc, name)
    return {
        **summary,
        "CurrentInstanceCount": current,
        "DesiredInstanceCount": desired["InitialInstanceCount"],
    }


# Both calls name the configuration as a required resource too (Service Authorization Reference).
_CONFIG = "endpoint-config/{EndpointConfigName}"
# AWS answers the same to UpdateEndpoint, UpdateEndpointWeightsAndCapacities and DeleteEndpoint.
_IN_PROGRESS = 'Cannot update in-progress endpoint "{arn}".'


def update(ctx: Context, record: Record, given: dict[str, Any]) -> Record:
    """Plan a new generation, to be started beside the old one. Traffic moves when all of it answers."""
    _check_deployment("UpdateEndpoint", given)
    _require_settled(record)
    if given.get("ExcludeRetainedVariantProperties") and not given.get("RetainAllVariantProperties"):
        raise validation(
            "ExcludeRetainedVariantProperties can only be specified when RetainAllVariantProperties is true."
        )
    plan = _plan(ctx, given["EndpointConfigName"])
    if given.get("RetainAllVariantProperties"):
        _retain(plan, record.private, given.get("ExcludeRetainedVariantProperties", []))
    _check_capture(plan)
    last = given.get("DeploymentConfig")
    if last is None and given.get("RetainDeploymentConfig"):
        last = record.observed.get("LastDeploymentConfig") or record.spec.get("DeploymentConfig")
    # Not simply the next number: a failed update may have used it, and its runs may still be there.
    generation = record.private.get("last_generation", record.private["generation"]) + 1
    record = revise(record, observed={"LastDeploymentConfig": last}, private={"last_generation": generation})
    return _changed(ctx, record, plan, generation)


endpoint = sagemaker.noun(
    Noun(
        "Endpoint",
        arn="endpoint/{EndpointName}",
        states=STATES,
        accepts=accepts.ENDPOINT,
        also={
            "CreateEndpoint": (Also("sagemaker:CreateEndpoint", on=_CONFIG),),
            "UpdateEndpoint": (Also("sagemaker:UpdateEndpoint", on=_CONFIG),),
        },
        errors=Errors(
            missing='Could not find endpoint "{arn}".',
            taken='Cannot create already existing endpoint "{arn}".',
            busy=_IN_PROGRESS,
        ),
        hooks=Hooks(allow=allow, stamp=stamp, detail=detail, update=update),
    )
)
sagemaker.controller(endpoint)(deployment.serve)


@sagemaker.operation(on=endpoint.arn, accepts=accepts.ENDPOINT_WEIGHTS)
def update_endpoint_weights_and_capacities(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Change weights or instance counts of the same models. What runs goes on."""
    record = _require_settled(endpoint.load(ctx, params))
    plan = record.private["served"]
    wanted = {change["VariantName"]: change for change in params["DesiredWeightsAndCapacities"]}
    unknown = set(wanted) - {variant["VariantName"] for variant in plan["variants"]}
    if unknown:
        raise validation(
            f'The variant name(s) "{", ".join(sorted(unknown))}" is/are not present within endpoint configuration "{plan["name"]}".'
        )
    variants = [_scaled(variant, wanted.get(variant["VariantName"], {})) for variant in plan["variants"]]
    generation = record.private["generation"]
    ctx.tx.update(_changed(ctx, record, {**plan, "variants": variants}, generation))
    return {"EndpointArn": record.arn}


def _scaled(variant: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    scaled = dict(variant)
    if "DesiredWeight" in change:
        scaled["InitialVariantWeight"] = change["DesiredWeight"]
    if "DesiredInstanceCount" in change:
        if "ServerlessConfig" in variant or change["DesiredInstanceCount"] < 1:
            raise validation(f"DesiredInstanceCount of variant {variant['VariantName']} must be at least 1.")
        requests.instances(change["DesiredInstanceCount"], "endpoint")
        scaled["InitialInstanceCount"] = change["DesiredInstanceCount"]
    if "ServerlessUpdateConfig" in change:
        if "ServerlessConfig" not in variant:
            raise validation(f"Variant {variant['VariantName']} is not serverless.")
        scaled["ServerlessConfig"] = {**variant["ServerlessConfig"], **change["ServerlessUpdateConfig"]}
        check_concurrency(scaled["ServerlessConfig"])
    return scaled


def _retain(plan: dict[str, Any], doc: dict[str, Any], excluded: list[dict[str, str]]) -> None:
    kinds = {entry["VariantPropertyType"] for entry in excluded}
    served = {variant["VariantName"]: variant for variant in doc["served"]["variants"]}
    for variant in plan["variants"]:
        old = served.get(variant["VariantName"])
        if old and "DesiredWeight" not in kinds:
            variant["InitialVariantWeight"] = old["InitialVariantWeight"]
        if old and "DesiredInstanceCount" not in kinds and "InitialInstanceCount" in old:
            variant["InitialInstanceCount"] = old["InitialInstanceCount"]
    if doc["served"].get("capture") and "DataCaptureConfig" not in kinds:
        plan["capture"] = doc["served"]["capture"]


def _require_settled(record: Record) -> Record:
    if record.status != "InService":
        raise validation(_IN_PROGRESS.format(arn=record.arn))
    return record


def _changed(ctx: Context, record: Record, plan: dict[str, Any], generation: int) -> Record:
    """Return the record with a new plan, and let its controller look at it at once."""
    ctx.wake()
    return revise(
        record,
        observed={"FailureReason": None},
        private={"plan": plan, "generation": generation, "since": ctx.now},
        status="Updating",
        modified=ctx.now,
        due=ctx.now,
    )
