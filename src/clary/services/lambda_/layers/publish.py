"""PublishLayerVersion and DeleteLayerVersion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clary.plane import Context
from clary.services.lambda_ import names, uploads
from clary.services.lambda_.errors import invalid
from clary.services.lambda_.functions.request import timestamp
from clary.services.lambda_.layers import rows
from clary.services.lambda_.layers.show import shown
from clary.services.lambda_.layers.targets import layer_of, on_layer, on_version
from clary.services.lambda_.service import lambda_
from clary.services.lambda_.uploads import Upload

Params = dict[str, Any]
_MEMBERS = ("CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo")


@lambda_.operation(on=on_layer)
async def publish_layer_version(ctx: Context, params: Params) -> Params:
    """Write the next version of a layer. Raise InvalidParameterValue for what is no archive."""
    archive = await uploads.archive_of(ctx, params["Content"])
    upload = await uploads.store(ctx, archive)
    return await ctx.transact(lambda tx: _write(replace(ctx, tx=tx), params, upload), write=True)


def _write(ctx: Context, params: Params, upload: Upload) -> Params:
    scope, name = layer_of(ctx, params["LayerName"])
    number = rows.next_number(ctx.tx, scope, name)
    doc = {
        "Description": params.get("Description", ""),
        "CreatedDate": timestamp(ctx.now),
        **{member: params[member] for member in _MEMBERS if params.get(member)},
    }
    layer = rows.Layer(scope, name, number, doc, upload.sha256, upload.place, upload.size, ctx.now)
    rows.add(ctx.tx, layer)
    arn = names.layer_arn(ctx, name, number)
    ctx.tx.changed("lambda:LayerVersion", scope, f"{name}:{number}", arn, "created", {"new": {}})
    return shown(ctx, layer, content=True)


@lambda_.operation(on=on_version)
def delete_layer_version(ctx: Context, params: Params) -> Params:
    """Delete a version of a layer. Functions that have it keep it; none there is no error."""
    if params["VersionNumber"] < 1:
        raise invalid("Layer Version Cannot be less than 1")
    scope, name = layer_of(ctx, params["LayerName"])
    place = (scope, name, params["VersionNumber"])
    ctx.tx.sql("DELETE FROM lambda_layer WHERE scope = ? AND name = ? AND version = ?", *place)
    resource = f"layer:{name}:{params['VersionNumber']}"
    ctx.tx.sql("DELETE FROM lambda_policy WHERE scope = ? AND resource = ?", scope, resource)
    return {}
