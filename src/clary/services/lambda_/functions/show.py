"""GetFunction, GetFunctionConfiguration, ListFunctions."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Query
from clary.plane.paging import sign_token
from clary.services.lambda_ import archives, download, names
from clary.services.lambda_.functions import versions
from clary.services.lambda_.functions.noun import KIND, load, shown
from clary.services.lambda_.names import LATEST, Named
from clary.services.lambda_.pages import position, size
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]


@lambda_.operation(on=names.target)
def get_function(ctx: Context, params: Params) -> Params:
    """Return a configuration, the tags of the function, and an address from which its archive can be had for ten minutes."""
    named = names.of(ctx, params)
    config = versions.configuration(ctx, named)
    answer: Params = {"Configuration": config, "Code": _code(ctx, named, config)}
    tags = ctx.tx.tags(named.arn)
    if tags:
        answer["Tags"] = tags
    reserved = load(ctx, named).private.get("reserved")
    if reserved is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
    return answer


def _code(ctx: Context, named: Named, config: Params) -> Params:
    sha256 = archives.hexadecimal(config["CodeSha256"])
    return {"RepositoryType": "S3", "Location": download.of_function(ctx, named.scope, named.name, sha256)}


@lambda_.operation(on=names.target)
def get_function_configuration(ctx: Context, params: Params) -> Params:
    """Return a configuration. Raise ResourceNotFound."""
    return versions.configuration(ctx, names.of(ctx, params))


@lambda_.operation(action="ListFunctions")
def list_functions(ctx: Context, params: Params) -> Params:
    """Return a page of functions by name; with FunctionVersion=ALL each with its published versions."""
    limit, after = size(params), position(ctx, params)
    region = params.get("MasterRegion")
    if region not in (None, "ALL", ctx.region):
        return {"Functions": []}
    query = Query(order="id", after=(after, after) if after else None, limit=limit + 1, shared=True)
    records = ctx.tx.list(KIND, ctx.scope, query)
    found = [
        one for record in records[:limit] for one in _shown(ctx, record.id, params.get("FunctionVersion"))
    ]
    more = {"NextMarker": sign_token(ctx, records[limit - 1].id)} if len(records) > limit else {}
    return {"Functions": found, **more}


def _shown(ctx: Context, name: str, which: str | None) -> list[Params]:
    named = Named(ctx.partition, ctx.region, ctx.account, name)
    record = load(ctx, named)
    hidden = ("State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason")
    latest = shown(record, LATEST if which == "ALL" else "")
    every = [latest, *(versions.rows(ctx.tx, named) if which == "ALL" else ())]
    return [{member: value for member, value in one.items() if member not in hidden} for one in every]
