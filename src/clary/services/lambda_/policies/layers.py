"""AddLayerVersionPermission, RemoveLayerVersionPermission, GetLayerVersionPolicy."""

from __future__ import annotations

from typing import Any

import orjson

from clary.plane import Context
from clary.services.lambda_.errors import not_found, stale
from clary.services.lambda_.layers import rows
from clary.services.lambda_.layers.targets import layer_of, on_version
from clary.services.lambda_.policies import statements
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]


@lambda_.operation(on=on_version)
def add_layer_version_permission(ctx: Context, params: Params) -> Params:
    """Add a statement to a layer version's policy. Raise ResourceConflict, ResourceNotFound, PreconditionFailed."""
    scope, resource, arn = _named(ctx, params)
    statement = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": statements.principal(ctx, params["Principal"]),
        "Action": params["Action"],
        "Resource": arn,
        **statements.conditions(params),
    }
    held, revision = statements.read(ctx.tx, scope, resource)
    _refuse_stale(revision, params)
    made = ctx.platform.ids.uuid()
    statements.write(ctx, scope, resource, statements.added(held, statement), made)
    return {"Statement": orjson.dumps(statement).decode(), "RevisionId": made}


@lambda_.operation(on=on_version)
def remove_layer_version_permission(ctx: Context, params: Params) -> Params:
    """Remove a statement. Raise ResourceNotFound, PreconditionFailed."""
    scope, resource, _ = _named(ctx, params)
    held, revision = statements.read(ctx.tx, scope, resource)
    _refuse_stale(revision, params)
    if not held:
        raise not_found("No policy is associated with the given resource.")
    left = statements.without(held, params["StatementId"])
    statements.write(ctx, scope, resource, left, ctx.platform.ids.uuid())
    return {}


@lambda_.operation(on=on_version)
def get_layer_version_policy(ctx: Context, params: Params) -> Params:
    """Return the policy of a layer version. Raise ResourceNotFound where it has none."""
    scope, resource, _ = _named(ctx, params)
    held, revision = statements.read(ctx.tx, scope, resource)
    if not held:
        raise not_found("No policy is associated with the given resource.")
    return {"Policy": statements.document(held), "RevisionId": revision}


def _named(ctx: Context, params: Params) -> tuple[str, str, str]:
    """Return scope, key of the policy and ARN of the layer version of a request. Raise ResourceNotFound."""
    scope, name = layer_of(ctx, params["LayerName"])
    arn = on_version(ctx, params)[0]
    if rows.find(ctx.tx, scope, name, params["VersionNumber"]) is None:
        raise not_found(f"Layer version {arn} does not exist.")
    return scope, f"layer:{name}:{params['VersionNumber']}", arn


def _refuse_stale(revision: str, params: Params) -> None:
    if params.get("RevisionId") and params["RevisionId"] != revision:
        raise stale("GetLayerPolicy")
