"""Models: an image and the data that it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clary.kernel import AwsError, Caller
from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Document, Errors, Hooks, Noun, Record
from clary.plane.nouns.documents import split
from clary.runs.api import Image, Input
from clary.services.sagemaker import data_sources, images, own_images, requests, roles
from clary.services.sagemaker.hosting import accepts
from clary.services.sagemaker.registry import containers as package_containers
from clary.services.sagemaker.service import sagemaker


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    private: dict[str, Any] = {}
    found: dict[str, Any] = {"EnableNetworkIsolation": params.get("EnableNetworkIsolation", False)}
    container = _container(params)
    found["PrimaryContainer"] = {"Mode": "SingleModel", "Environment": {}, **container}
    if "PrimaryContainer" not in params:
        found["Containers"], private["listed"] = None, True
    if "ModelPackageName" in container:
        # The containers as they are now: those who may change the package must not choose what runs as this model's role.
        private["package"] = package_containers.containers(ctx, container)
    given = params.get("ExecutionRoleArn")
    role = roles.take(ctx, given, f"model/{params['ModelName']}") if given else None
    whole = {**(private.get("package") or [{}])[0], **container}
    private[own_images.PRIVATE] = _pin(ctx, whole["Image"], role)
    return Document(found, private=private)


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
    if len(params.get("Containers", [])) > 1:
        raise not_implemented("sagemaker", "CreateModel with an inference pipeline (several Containers)")
    container = _container(params)
    if container.get("Mode") == "MultiModel":
        raise not_implemented("sagemaker", "CreateModel with Mode MultiModel")
    container = {**_of_package(ctx, container), **container}
    if "Image" not in container:
        raise validation("PrimaryContainer must specify an Image or a ModelPackageName.")
    _check_data(container)
    given = params.get("ExecutionRoleArn")
    role = roles.require(ctx, given, f"model/{params['ModelName']}") if given else None
    _pin(ctx, container["Image"], role)
    for data in (*_data(container), *_more_data(container)):
        data_sources.require_model(ctx, data.source, role, whole=data.kind == "prefix")


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
    package = record.private.get("package")
    image = record.private.get(own_images.PRIVATE)
    return {
        **record.spec,
        **({} if package is None else {"_package": package}),
        **({} if image is None else {f"_{own_images.PRIVATE}": image}),
    }


def recalled(scope: str, variant: Mapping[str, Any]) -> Record:
    """Return the model of a variant in the plan of an endpoint."""
    kept = variant["_model"]
    return Record(model.kind, scope, variant["ModelName"], doc=split(kept, kept))


@dataclass(frozen=True, slots=True)
class Served:
    """What is needed to start a model's container: command or image, variables, data, isolation, role."""

    command: tuple[str, ...]
    image: Image | None
    env: dict[str, str]
    inputs: tuple[Input, ...]
    network_isolation: bool
    role: str | None


def served(record: Record, of_package: Sequence[dict[str, Any]] = ()) -> Served:
    """Return how a model is served. `of_package` are the containers of its model package, if it is made of
    one."""
    container = {**(of_package[0] if of_package else {}), **record.spec["PrimaryContainer"]}
    image = images.resolve(container["Image"])
    pinned = record.private.get(own_images.PRIVATE)
    # The variables of the package come first, the model's own win.
    inherited = of_package[0].get("Environment", {}) if of_package else {}
    tag = {} if pinned else {"CLARY_IMAGE_TAG": image.tag}
    env = {**tag, **inherited, **container.get("Environment", {})}
    return Served(
        () if pinned else image.serve,
        own_images.of_run(pinned, None, ("serve",), own_images.PORT) if pinned else None,
        env,
        (*_data(container), *_more_data(container)),
        record.spec.get("EnableNetworkIsolation", False),
        record.spec.get("ExecutionRoleArn"),
    )


def _data(container: dict[str, Any]) -> list[Input]:
    """Return the input for model.tar.gz, which is unpacked, or for an uncompressed prefix."""
    if container.get("ModelDataUrl"):
        return [Input("model", container["ModelDataUrl"], "model")]
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    return [_from_s3("model", source)] if source else []


def _more_data(container: dict[str, Any]) -> list[Input]:
    """Return an input for each further source, in a folder of its own."""
    return [
        _from_s3(f"additional-model-data-sources/{one['ChannelName']}", one["S3DataSource"])
        for one in container.get("AdditionalModelDataSources", [])
    ]


def _from_s3(path: str, source: dict[str, Any]) -> Input:
    if source["CompressionType"] == "Gzip":
        return Input(path, source["S3Uri"], "model")
    return Input(path, source["S3Uri"], "prefix" if source["S3DataType"] == "S3Prefix" else "object")
