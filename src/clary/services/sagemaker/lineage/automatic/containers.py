"""The artifacts of what a model is served with: its package, its image and its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Spec = Mapping[str, Any]


def parts_of(model: Spec, of_package: Sequence[Spec] | None) -> Iterator[tuple[str, str]]:
    """Yield URI and type of each artifact of a model (its spec); `of_package` are the containers of its package."""
    listed = model.get("Containers") or [model.get("PrimaryContainer", {})]
    for container in listed:
        if "ModelPackageName" in container:
            yield container["ModelPackageName"], "Model"
    for one in (*(of_package or ()), *listed):
        yield from images_and_data(one)


def images_and_data(container: Spec) -> Iterator[tuple[str, str]]:
    """Yield URI and type of the image and the model data of a container."""
    if container.get("Image"):
        yield container["Image"], "Image"
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    if data := container.get("ModelDataUrl") or source.get("S3Uri"):
        yield data, "Model"
