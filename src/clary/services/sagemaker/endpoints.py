"""Endpoints as the API shows them: create, update without downtime, delete. What moves them is in hosting.py."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented, validation
from clary.plane import Also, Context, Errors, Query, Record, Resource, States
from clary.services.sagemaker import hosting, members, requests, tags
from clary.services.sagemaker.endpoint_configs import check_capture, check_concurrency, endpoint_config
from clary.services.sagemaker.service import sagemaker

# "Failed" and "OutOfService" endpoints can still be deleted, which their controller does.
STATES = States("EndpointStatus", "Creating", ("OutOfService",))


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """What the model cannot say."""
    members.refuse_unknown("CreateEndpoint", params)
    _check_deployment("CreateEndpoint", params)
    _check_name(ctx, params["EndpointName"])
    tags.check(params)


def _check_name(ctx: Context, name: str) -> None:
    """The name is case-insensitive in CreateEndpoint
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html)."""
    alike = ctx.tx.list(endpoint.kind, ctx.scope, Query(where=[("id", "contains", name)], limit=10_000))
    for record in alike:
        if record.id.lower() == name.lower():
            raise endpoint.errors.exists(record.arn, record.id)


def _check_deployment(operation: str, params: dict[str, Any]) -> None:
    """All at once is the one way in which traffic moves here, so waiting between its portions has no meaning."""
    routing = _routing(params.get("DeploymentConfig", {}))
    if routing.get("Type", "ALL_AT_ONCE") != "ALL_AT_ONCE":
        raise not_implemented("sagemaker", f"{operation} with {routing['Type']} traffic routing")


def _routing(deployment: dict[str, Any]) -> dict[str, Any]:
    return deployment.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})


def stamp(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    plan = _plan(ctx, params["EndpointConfigName"])
    _check_capture(plan)
    return {"_plan": plan, "_generation": 1, "_last_generation": 1, "_since": ctx.now}


def _check_capture(plan: dict[str, Any]) -> None:
    """Models may have been made anew since their configuration was."""
    check_capture(plan["capture"], {one["ModelName"]: one["_model"] for one in plan["variants"]})


def _plan(ctx: Context, config_name: str) -> dict[str, Any]:
    """The configuration as it is now: an endpoint goes on when its configuration or models are deleted."""
    config = endpoint_config.find(ctx, config_name)
    variants = []
    for variant in config.doc["ProductionVariants"]:
        requests.instances(variant.get("InitialInstanceCount", 1), "endpoint")
        model = ctx.tx.get(sagemaker.kind("Model"), ctx.scope, variant["ModelName"])
        if model is None:
            raise validation(f'Could not find model "{ctx.arn("model/" + variant["ModelName"])}".')
        variants.append({**variant, "_model": model.doc})
    return {"name": config_name, "variants": variants, "capture": config.doc.get("DataCaptureConfig")}


def view(record: Record) -> dict[str, Any]:
    """The variants as they are served now, and how capture stands."""
    doc = record.doc
    plan = doc.get("_served") or doc["_plan"]
    shown: dict[str, Any] = {"EndpointConfigName": plan["name"]}
    if record.status in ("InService", "Updating", "Deleting") and doc.get("_served"):
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
    """The variant as UpdateEndpointWeightsAndCapacities wants it; what UpdateEndpoint brings is another generation."""
    if doc["_generation"] != doc["_served_generation"]:
        return variant
    name = variant["VariantName"]
    return next((one for one in doc["_plan"]["variants"] if one["VariantName"] == name), variant)


def _summary(doc: dict[str, Any], variant: dict[str, Any], desired: dict[str, Any]) -> dict[str, Any]:
    name = variant["VariantName"]
    image = variant["_model"]["PrimaryContainer"].get("Image", "")
    summary = {
        "VariantName": name,
        "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image}],
        "CurrentWeight": variant["InitialVariantWeight"],
        "DesiredWeight": desired["InitialVariantWeight"],
    }
    if "ServerlessConfig" in variant:
        served = {
            "CurrentServerlessConfig": variant["ServerlessConfig"],
            "DesiredServerlessConfig": desired["ServerlessConfig"],
        }
        return {**summary, "CurrentInstanceCount": 0, **served}
    ready = sum(
        1
        for replica in doc.get("_replicas", [])
        if replica["ready"]
        and replica["variant"] == name
        and replica["generation"] == doc["_served_generation"]
    )
    return {**summary, "CurrentInstanceCount": ready, "DesiredInstanceCount": desired["InitialInstanceCount"]}


# Both calls name the configuration as a required resource too (Service Authorization Reference).
_CONFIG = "endpoint-config/{EndpointConfigName}"

endpoint = sagemaker.resource(
    Resource(
        "Endpoint",
        arn="endpoint/{EndpointName}",
        states=STATES,
        stamp=stamp,
        allow=allow,
        view=view,
        errors=Errors(
            missing='Could not find endpoint "{arn}".',
            taken='Cannot create already existing endpoint "{arn}".',
        ),
    ),
    also={"CreateEndpoint": (Also("sagemaker:CreateEndpoint", on=_CONFIG),)},
)
sagemaker.controller(endpoint)(hosting.serve)


@sagemaker.operation(on="endpoint/{EndpointName}", also=(Also("sagemaker:UpdateEndpoint", on=_CONFIG),))
def update_endpoint(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """A new generation beside the old one; traffic moves when all of it answers."""
    members.refuse_unknown("UpdateEndpoint", params)
    _check_deployment("UpdateEndpoint", params)
    record = _settled(ctx, params)
    if params.get("ExcludeRetainedVariantProperties") and not params.get("RetainAllVariantProperties"):
        raise validation(
            "ExcludeRetainedVariantProperties can only be specified when RetainAllVariantProperties is true."
        )
    plan = _plan(ctx, params["EndpointConfigName"])
    if params.get("RetainAllVariantProperties"):
        _retain(plan, record.doc, params.get("ExcludeRetainedVariantProperties", []))
    _check_capture(plan)
    last = params.get("DeploymentConfig")
    if last is None and params.get("RetainDeploymentConfig"):
        last = record.doc.get("LastDeploymentConfig") or record.doc.get("DeploymentConfig")
    record = record.evolve(doc={**record.doc, "LastDeploymentConfig": last})
    # Not the one after the present: a failed update has used that, and its runs may not be gone.
    generation = record.doc.get("_last_generation", record.doc["_generation"]) + 1
    record = record.evolve(doc={**record.doc, "_last_generation": generation})
    return _change(ctx, record, plan, generation)


@sagemaker.operation(on="endpoint/{EndpointName}")
def update_endpoint_weights_and_capacities(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """The same models with other weights or instance counts: what runs goes on."""
    record = _settled(ctx, params)
    plan = record.doc["_served"]
    wanted = {change["VariantName"]: change for change in params["DesiredWeightsAndCapacities"]}
    unknown = set(wanted) - {variant["VariantName"] for variant in plan["variants"]}
    if unknown:
        raise validation(
            f'The variant name(s) "{", ".join(sorted(unknown))}" is/are not present within endpoint configuration "{plan["name"]}".'
        )
    variants = [_scaled(variant, wanted.get(variant["VariantName"], {})) for variant in plan["variants"]]
    return _change(ctx, record, {**plan, "variants": variants}, record.doc["_generation"])


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
    served = {variant["VariantName"]: variant for variant in doc["_served"]["variants"]}
    for variant in plan["variants"]:
        old = served.get(variant["VariantName"])
        if old and "DesiredWeight" not in kinds:
            variant["InitialVariantWeight"] = old["InitialVariantWeight"]
        if old and "DesiredInstanceCount" not in kinds and "InitialInstanceCount" in old:
            variant["InitialInstanceCount"] = old["InitialInstanceCount"]
    if doc["_served"].get("capture") and "DataCaptureConfig" not in kinds:
        plan["capture"] = doc["_served"]["capture"]


def _settled(ctx: Context, params: dict[str, Any]) -> Record:
    record = endpoint.load(ctx, params)
    if record.status != "InService":
        raise _in_progress(record)
    return record


def _in_progress(record: Record) -> AwsError:
    """What AWS answers UpdateEndpoint, UpdateEndpointWeightsAndCapacities and DeleteEndpoint alike."""
    return validation(f'Cannot update in-progress endpoint "{record.arn}".')


def _change(ctx: Context, record: Record, plan: dict[str, Any], generation: int) -> dict[str, Any]:
    doc = {
        **{name: value for name, value in record.doc.items() if value is not None},
        "_plan": plan,
        "_generation": generation,
        "_since": ctx.now,
    }
    doc.pop("FailureReason", None)
    ctx.tx.update(record.evolve(status="Updating", doc=doc, modified=ctx.now, due=ctx.now))
    ctx.wake()
    return {"EndpointArn": record.arn}


@sagemaker.operation(on="endpoint/{EndpointName}")
def delete_endpoint(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = endpoint.load(ctx, params)
    if record.status in ("Creating", "Updating", "Deleting"):
        raise _in_progress(record)
    ctx.tx.update(record.evolve(status="Deleting", modified=ctx.now, due=ctx.now))
    ctx.wake()
    return {}
