"""Models: an image and the data that it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Errors, Record, Resource
from clary.runs.api import Input
from clary.services.sagemaker import images, roles
from clary.services.sagemaker.service import sagemaker


def stamp(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"EnableNetworkIsolation": params.get("EnableNetworkIsolation", False)}
    if "PrimaryContainer" in params:
        found["PrimaryContainer"] = {"Mode": "SingleModel", "Environment": {}, **params["PrimaryContainer"]}
    return found


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """What the model cannot say."""
    given = [member for member in ("PrimaryContainer", "Containers") if params.get(member)]
    if len(given) != 1:
        raise validation("Exactly one of PrimaryContainer and Containers must be specified.")
    if "Containers" in given:
        raise not_implemented("sagemaker", "CreateModel with an inference pipeline (Containers)")
    container = params["PrimaryContainer"]
    if container.get("Mode") == "MultiModel":
        raise not_implemented("sagemaker", "CreateModel with Mode MultiModel")
    if "ModelPackageName" not in container:
        if "Image" not in container:
            raise validation("PrimaryContainer must specify an Image or a ModelPackageName.")
        images.resolve(container["Image"])
    if "ExecutionRoleArn" in params:
        roles.require(ctx, params["ExecutionRoleArn"])


model = sagemaker.resource(
    Resource(
        "Model",
        arn="model/{ModelName}",
        stamp=stamp,
        allow=allow,
        errors=Errors(
            missing='Could not find model "{arn}".', taken='Cannot create already existing model "{arn}".'
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Served:
    """What it takes to start a model's container: command, variables, data, isolation."""

    command: tuple[str, ...]
    env: dict[str, str]
    inputs: tuple[Input, ...]
    network_isolation: bool
    role: str | None


def served(record: Record, packages: Sequence[dict[str, Any]] = ()) -> Served:
    """How a model is served. `packages` are the containers of its model package, when it is made of one."""
    container = {**(packages[0] if packages else {}), **record.doc["PrimaryContainer"]}
    image = images.resolve(container["Image"])
    env = {"CLARY_IMAGE_TAG": image.tag, **container.get("Environment", {})}
    return Served(
        image.serve,
        env,
        tuple(_data(container)),
        record.doc.get("EnableNetworkIsolation", False),
        record.doc.get("ExecutionRoleArn"),
    )


def _data(container: dict[str, Any]) -> list[Input]:
    """model.tar.gz unpacked, or an uncompressed prefix as it is."""
    if container.get("ModelDataUrl"):
        return [Input("model", container["ModelDataUrl"], "model")]
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    if source is None:
        return []
    if source["CompressionType"] == "Gzip":
        return [Input("model", source["S3Uri"], "model")]
    return [Input("model", source["S3Uri"], "prefix" if source["S3DataType"] == "S3Prefix" else "object")]
