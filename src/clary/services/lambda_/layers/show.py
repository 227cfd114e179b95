"""GetLayerVersion, GetLayerVersionByArn, ListLayers, ListLayerVersions."""

from __future__ import annotations

from typing import Any

from clary.plane import Arn, Context
from clary.services.lambda_ import archives, download
from clary.services.lambda_.errors import invalid, not_found
from clary.services.lambda_.layers import rows
from clary.services.lambda_.layers.targets import by_arn, layer_of, on_layer, on_version
from clary.services.lambda_.pages import page
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]


def shown(ctx: Context, layer: rows.Layer, *, content: bool = False) -> Params:
    """Return a layer version as the API shows it, with the address of its archive where that is asked for."""
    account, _, region = layer.scope.partition("/")
    arn = f"arn:{ctx.partition}:lambda:{region}:{account}:layer:{layer.name}"
    answer = {
        "LayerArn": arn,
        "LayerVersionArn": f"{arn}:{layer.version}",
        "Version": layer.version,
        **layer.doc,
    }
    if content:
        location = download.of_layer(ctx, layer.scope, layer.name, layer.sha256)
        sha256 = archives.shown(layer.sha256)
        answer["Content"] = {"Location": location, "CodeSha256": sha256, "CodeSize": layer.size}
    return answer


@lambda_.operation(on=on_version)
def get_layer_version(ctx: Context, params: Params) -> Params:
    """Return a layer version with the address of its archive. Raise ResourceNotFound."""
    if params["VersionNumber"] < 1:
        raise invalid("Layer Version Cannot be less than 1")
    scope, name = layer_of(ctx, params["LayerName"])
    return _found(ctx, scope, name, params["VersionNumber"])


@lambda_.operation(on=by_arn, action="GetLayerVersion")
def get_layer_version_by_arn(ctx: Context, params: Params) -> Params:
    """Return the layer version of an ARN. Raise ResourceNotFound."""
    arn = Arn.parse(params["Arn"])
    words = arn.resource.split(":")
    if len(words) != 3 or not words[2].isdigit() or arn.region != ctx.region:
        raise not_found("The resource you requested does not exist.")
    return _found(ctx, f"{arn.account}/{arn.region}", words[1], int(words[2]))


def _found(ctx: Context, scope: str, name: str, version: int) -> Params:
    layer = rows.find(ctx.tx, scope, name, version)
    if layer is None:
        raise not_found("The resource you requested does not exist.")
    return shown(ctx, layer, content=True)


@lambda_.operation
def list_layers(ctx: Context, params: Params) -> Params:
    """Return a page of layers by name, each with its newest version."""
    fits = [layer for layer in rows.newest(ctx.tx, ctx.scope) if _fits(layer, params)]
    found, more = page(ctx, params, fits, lambda layer: layer.name)
    return {"Layers": [_summary(ctx, layer) for layer in found], **more}


def _summary(ctx: Context, layer: rows.Layer) -> Params:
    newest = shown(ctx, layer)
    arn = newest.pop("LayerArn")
    return {"LayerName": layer.name, "LayerArn": arn, "LatestMatchingVersion": newest}


@lambda_.operation(on=on_layer)
def list_layer_versions(ctx: Context, params: Params) -> Params:
    """Return a page of a layer's versions, the newest first."""
    scope, name = layer_of(ctx, params["LayerName"])
    fits = [layer for layer in rows.of_name(ctx.tx, scope, name) if _fits(layer, params)]
    found, more = page(ctx, params, fits, lambda layer: -layer.version)
    return {"LayerVersions": [shown(ctx, layer) for layer in found], **more}


def _fits(layer: rows.Layer, params: Params) -> bool:
    asked = {
        "CompatibleRuntimes": params.get("CompatibleRuntime"),
        "CompatibleArchitectures": params.get("CompatibleArchitecture"),
    }
    return all(wanted in (None, *layer.doc.get(member, ())) for member, wanted in asked.items())
