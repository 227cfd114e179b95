"""Models: an image and the data that it serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError, Caller
from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Document, Errors, Hooks, Noun, Record
from clary.plane.nouns.documents import split
from clary.services.sagemaker import data_sources, own_images, requests, roles
from clary.services.sagemaker.hosting import accepts
from clary.services.sagemaker.hosting.serving import data, is_multi_model, more_data, name_of
from clary.services.sagemaker.registry import containers as package_containers
from clary.services.sagemaker.service import sagemaker


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    if len(params.get("Containers", [])) > 1:
        return _of_several(ctx, params)
    private: dict[str, Any] = {}
    found: dict[str, Any] = {"EnableNetworkIsolation": params.get("EnableNetworkIsolation", False)}
    container = _container(params)
    found["PrimaryContainer"] = {"Mode": "SingleModel", "Environment": {}, **container}
    if "PrimaryContainer" not in params:
        found["Containers"], private["listed"] = None, True
    if "ModelPackageName" in container:
        # The containers as they are now: those who may change the package must not choose what runs as this model's role.
        private["package"] = package_containers.containers(ctx, container)
    whole = {**(private.get("package") or [{}])[0], **container}
    private[own_images.PRIVATE] = _pin(ctx, whole["Image"], _taken_role(ctx, params))
    return Document(found, private=private)


def _of_several(ctx: Context, params: dict[str, Any]) -> Document:
    """Return the document of a model of several containers, each with its image."""
    role = _taken_role(ctx, params)
    listed = [{"Mode": "SingleModel", "Environment": {}, **one} for one in params["Containers"]]
    found = {"EnableNetworkIsolation": params.get("EnableNetworkIsolation", False), "Containers": listed}
    return Document(found, private={"images": [_pin(ctx, one["Image"], role) for one in listed]})


def _taken_role(ctx: Context, params: dict[str, Any]) -> Caller | None:
    given = params.get("ExecutionRoleArn")
    return roles.take(ctx, given, f"model/{params['ModelName']}") if given else None


def _container(params: dict[str, Any]) -> dict[str, Any]:
    """Return the container of a request. SDK v2 sends a model package as the only one of Containers."""
    return params.get("PrimaryContainer") or params["Containers"][0]


def _shown(record: Record) -> dict[str, Any]:
    """Return the container as the request named it."""
    if not record.private.get("listed"):
        return {}
    return {"PrimaryContainer": None, "Containers": [record.spec["PrimaryContainer"]]}


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """Raise what AWS answers beyond what the model says, or NotImplemented for what is not offered."""
    named = [member for member in ("PrimaryContainer", "Containers") if params.get(member)]
    if len(named) != 1:
        raise validation("Exactly one of PrimaryContainer and Containers must be specified.")
    listed = params.get("Containers") or [params["PrimaryContainer"]]
    several = len(listed) > 1
    if several:
        _check_several(params)
    given = params.get("ExecutionRoleArn")
    role: Caller | None = None
    for number, container in enumerate(listed):
        whole = {**_of_package(ctx, container), **container}
        _check(whole, f"Containers[{number}]" if several else "PrimaryContainer")
        if given and role is None:
            role = roles.require(ctx, given, f"model/{params['ModelName']}")
        if _pin(ctx, whole["Image"], role) is None and is_multi_model(whole):
            raise not_implemented("sagemaker", "CreateModel with Mode MultiModel of an image of AWS's own")
        for one in (*data(whole), *more_data(whole)):
            data_sources.require_model(ctx, one.source, role, whole=one.kind == "prefix")


def _check_several(params: dict[str, Any]) -> None:
    """Raise for what models of several containers cannot have. The sentence about MultiModel is AWS's
    (https://github.com/OElesin/sagemaker-autopilot-step-functions/issues/10)."""
    listed = params["Containers"]
    names = [one["ContainerHostname"] for one in listed if "ContainerHostname" in one]
    requests.unique([name_of(params, number) for number in range(len(listed))], "Container hostnames")
    direct = params.get("InferenceExecutionConfig", {}).get("Mode") == "Direct"
    if direct and len(names) < len(listed):
        raise validation("ContainerHostname is required for each container with direct invocation.")
    if any("ModelPackageName" in one for one in listed):
        raise not_implemented("sagemaker", "CreateModel with a ModelPackageName among several Containers")
    if sum(map(is_multi_model, listed)) > 1:
        raise validation(
            "More than one container in MultiModel mode is not supported with inference pipeline."
        )


def _check(container: dict[str, Any], member: str) -> None:
    """Raise ValidationException, or NotImplemented, for a container as it is written."""
    if "Image" not in container:
        raise validation(f"{member} must specify an Image or a ModelPackageName.")
    if is_multi_model(container) and not container.get("ModelDataUrl"):
        raise validation(f"{member} must specify ModelDataUrl, the prefix of the models, in Mode MultiModel.")
    _check_data(container)


def _pin(ctx: Context, uri: str, role: Caller | None) -> dict[str, str] | None:
    """Return the image of ECR that is meant, None for one of AWS's. The sentence is what users of AWS report
    (https://github.com/aws-samples/easy-amazon-sagemaker-deployments/issues/4)."""
    try:
        return own_images.pin(ctx, uri, role or ctx.caller)
    except AwsError as refusal:
        if not refusal.senders_fault:
            raise
        raise validation(f"Requested image {uri} not found. {refusal.message}") from None


def _of_package(ctx: Context, container: dict[str, Any]) -> dict[str, Any]:
    """Return the container of the package that is named, or nothing."""
    return package_containers.containers(ctx, container)[0] if "ModelPackageName" in container else {}


def _check_data(container: dict[str, Any]) -> None:
    if container.get("ModelDataUrl") and container.get("ModelDataSource"):
        raise validation("Only one of ModelDataUrl and ModelDataSource can be specified.")
    url = container.get("ModelDataUrl", "")
    if url and not url.startswith("s3://"):
        raise not_implemented("sagemaker", "CreateModel with a ModelDataUrl that is no S3 URI")
    requests.s3_only("CreateModel", container, "ModelDataSource", "AdditionalModelDataSources")
    requests.unique(
        [source["ChannelName"] for source in container.get("AdditionalModelDataSources", [])], "Channel names"
    )


model = sagemaker.noun(
    Noun(
        "Model",
        arn="model/{ModelName}",
        accepts=accepts.MODEL,
        hooks=Hooks(allow=allow, stamp=stamp, view=_shown),
        errors=Errors(
            missing='Could not find model "{arn}".', taken='Cannot create already existing model "{arn}".'
        ),
    )
)


def remembered(record: Record) -> dict[str, Any]:
    """Return what the plan of an endpoint keeps of a model, which may be deleted while it is served."""
    kept = ("package", own_images.PRIVATE, "images")
    known = {f"_{name}": record.private[name] for name in kept if record.private.get(name) is not None}
    return {**record.spec, **known}


def recalled(scope: str, variant: Mapping[str, Any]) -> Record:
    """Return the model of a variant in the plan of an endpoint."""
    kept = variant["_model"]
    return Record(model.kind, scope, variant["ModelName"], doc=split(kept, kept))
