"""DeleteFunction: all of it, or one published version."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.lambda_ import names
from clary.services.lambda_.errors import conflict, invalid, no_function
from clary.services.lambda_.functions import aliases, code, create, versions
from clary.services.lambda_.functions.noun import KIND, find
from clary.services.lambda_.names import LATEST, Named
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]


@lambda_.operation(on=names.target)
def delete_function(ctx: Context, params: Params) -> Params:
    """Delete a function with its versions, aliases and events, or one version. Raise ResourceNotFound."""
    named = names.of(ctx, params)
    record = find(ctx.tx, named)
    if named.qualifier == LATEST and record is not None:
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    if named.qualifier and not named.is_version:
        raise invalid("Deletion of aliases is not currently supported.")
    if record is None:
        raise no_function(named.arn)
    if named.qualifier:
        _delete_version(ctx, named)
        code.drop_unused(ctx.tx, named, record)
    else:
        create.drop(ctx.tx, named)
        ctx.tx.delete(record)
    ctx.notify(KIND)
    return {"StatusCode": 204}


def _delete_version(ctx: Context, named: Named) -> None:
    """Delete a published version; one that is not there is no error. Raise ResourceConflict while an alias leads to it."""
    using = [alias["Name"] for alias in aliases.rows(ctx.tx, named) if named.qualifier in _versions(alias)]
    if using:
        raise conflict(
            f"Version {named.qualifier} of function {named.name} is referenced by the following aliases: {', '.join(using)}"
        )
    if versions.row(ctx.tx, named, named.qualifier) is None:
        return
    place = (named.scope, named.name, named.qualifier)
    ctx.tx.sql(
        "DELETE FROM lambda_version WHERE scope = ? AND name = ? AND version = ?",
        named.scope, named.name, int(named.qualifier),
    )  # fmt: skip
    for table in ("lambda_invoke_config", "lambda_provisioned"):
        ctx.tx.sql(f"DELETE FROM {table} WHERE scope = ? AND name = ? AND qualifier = ?", *place)
    ctx.tx.sql("DELETE FROM lambda_policy WHERE scope = ? AND resource = ?", named.scope, named.resource)
    ctx.tx.changed(
        "lambda:FunctionVersion",
        named.scope,
        f"{named.name}:{named.qualifier}",
        named.qualified,
        "deleted",
        {"new": None},
    )


def _versions(alias: Params) -> list[str]:
    weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return [alias["FunctionVersion"], *weights]
