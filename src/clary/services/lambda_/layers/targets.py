"""What access control is asked about: a layer, or one of its versions. A layer is named by its name or its ARN."""

from __future__ import annotations

from typing import Any

from clary.plane import Arn, Context
from clary.services.lambda_.errors import not_found

Params = dict[str, Any]


def layer_of(ctx: Context, text: str) -> tuple[str, str]:
    """Return scope and name of the layer that a name or an ARN means. Raise ResourceNotFound for another region."""
    if not text.startswith("arn:"):
        return ctx.scope, text
    arn = Arn.parse(text)
    if arn.region != ctx.region:
        raise not_found("The resource you requested does not exist.")
    return f"{arn.account}/{arn.region}", arn.resource.split(":")[1]


def _arn(ctx: Context, text: str) -> str:
    scope, name = layer_of(ctx, text)
    account, _, region = scope.partition("/")
    return f"arn:{ctx.partition}:lambda:{region}:{account}:layer:{name}"


def on_layer(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of the layer of a request."""
    return [_arn(ctx, params["LayerName"])]


def on_version(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of the layer version of a request."""
    return [f"{_arn(ctx, params['LayerName'])}:{params['VersionNumber']}"]


def by_arn(ctx: Context, params: Params) -> list[str]:
    """Return the ARN that a request gives."""
    return [params["Arn"]]
