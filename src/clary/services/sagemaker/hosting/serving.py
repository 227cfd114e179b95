"""The containers of a model, and how each is served: command or image, variables, data. Knows no endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clary.plane import Record
from clary.runs.api import Image, Input
from clary.services.sagemaker import images, own_images

Container = dict[str, Any]

# AWS gives each container of a model a port of its own, and a range for further ones, whose values it does not document
# (https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipeline-real-time.html).
_SAFE_PORTS = "14000-14999"
_BIND = "com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true"
_MULTI = "com.amazonaws.sagemaker.capabilities.multi-models=true"


@dataclass(frozen=True, slots=True)
class Served:
    """What is needed to start a container of a model: command or image, variables, data, isolation, role."""

    command: tuple[str, ...]
    image: Image | None
    env: dict[str, str]
    inputs: tuple[Input, ...]
    network_isolation: bool
    role: str | None


def containers(model: Mapping[str, Any]) -> list[Container]:
    """Return the containers of a model, whose document this is."""
    return model.get("Containers") or [model["PrimaryContainer"]]


def name_of(model: Mapping[str, Any], index: int) -> str:
    """Return how AWS calls a container in its sentences and log streams."""
    listed = containers(model)
    if len(listed) == 1:
        return "primary"
    return listed[index].get("ContainerHostname") or f"container-{index + 1}"


def is_direct(model: Mapping[str, Any]) -> bool:
    """Return whether each invocation names its container; else all are asked one after another."""
    several = len(containers(model)) > 1
    return several and model.get("InferenceExecutionConfig", {}).get("Mode") == "Direct"


def is_multi_model(container: Container) -> bool:
    return container.get("Mode") == "MultiModel"


def pins(record: Record) -> list[dict[str, str] | None]:
    """Return the image of ECR that each container runs, None for one of AWS's."""
    return record.private.get("images") or [record.private.get(own_images.PRIVATE)]


def served(record: Record, of_package: Sequence[Container] = (), index: int = 0) -> Served:
    """Return how a container of a model is served. `of_package` are the containers of its model package, if it is made of
    one."""
    container = {**(of_package[0] if of_package else {}), **containers(record.spec)[index]}
    image = images.resolve(container["Image"])
    pinned = pins(record)[index]
    # The variables of the package come first, the model's own win.
    inherited = of_package[0].get("Environment", {}) if of_package else {}
    tag = {} if pinned else {"CLARY_IMAGE_TAG": image.tag}
    env = {**tag, **inherited, **container.get("Environment", {})}
    several = len(containers(record.spec)) > 1
    return Served(
        () if pinned else image.serve,
        _image(pinned, container, index, several) if pinned else None,
        {**env, **(_told(container, index, several) if pinned else {})},
        (*data(container), *more_data(container)),
        record.spec.get("EnableNetworkIsolation", False),
        record.spec.get("ExecutionRoleArn"),
    )


def _image(pinned: dict[str, str], container: Container, index: int, several: bool) -> Image:
    labels = [*([_BIND] if several else []), *([_MULTI] if is_multi_model(container) else [])]
    caching = container.get("MultiModelConfig", {}).get("ModelCacheSetting", "Enabled")
    return own_images.of_run(
        pinned,
        None,
        ("serve",),
        own_images.PORT + index,
        labels=tuple(labels),
        models=container["ModelDataUrl"] if is_multi_model(container) else "",
        keeps_models=caching == "Enabled",
    )


def _told(container: Container, index: int, several: bool) -> dict[str, str]:
    """Return the variables that tell a container what it is among others
    (https://docs.aws.amazon.com/sagemaker/latest/dg/build-multi-model-build-container.html)."""
    port = {
        "SAGEMAKER_BIND_TO_PORT": str(own_images.PORT + index),
        "SAGEMAKER_SAFE_PORT_RANGE": _SAFE_PORTS,
    }
    return {
        **(port if several else {}),
        **({"SAGEMAKER_MULTI_MODEL": "true"} if is_multi_model(container) else {}),
    }


def data(container: Container) -> list[Input]:
    """Return the input for model.tar.gz, which is unpacked, or for an uncompressed prefix. Models of a multi-model container are
    fetched when they are asked for."""
    if is_multi_model(container):
        return []
    if container.get("ModelDataUrl"):
        return [Input("model", container["ModelDataUrl"], "model")]
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    return [_from_s3("model", source)] if source else []


def more_data(container: Container) -> list[Input]:
    """Return an input for each further source, in a folder of its own."""
    return [
        _from_s3(f"additional-model-data-sources/{one['ChannelName']}", one["S3DataSource"])
        for one in container.get("AdditionalModelDataSources", [])
    ]


def _from_s3(path: str, source: dict[str, Any]) -> Input:
    if source["CompressionType"] == "Gzip":
        return Input(path, source["S3Uri"], "model")
    return Input(path, source["S3Uri"], "prefix" if source["S3DataType"] == "S3Prefix" else "object")
