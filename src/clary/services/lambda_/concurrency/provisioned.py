"""Provisioned concurrency of a version or an alias: environments that are initialized before they are asked.

How many there are, and whether they could be initialized, the pool says (running/).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.lambda_ import names
from clary.services.lambda_.concurrency import limits
from clary.services.lambda_.errors import conflict, invalid, no_alias, no_function
from clary.services.lambda_.functions import aliases, request, versions
from clary.services.lambda_.functions.noun import KIND, load
from clary.services.lambda_.names import LATEST, Named
from clary.services.lambda_.pages import page
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]


@lambda_.operation(on=names.target)
def put_provisioned_concurrency_config(ctx: Context, params: Params) -> Params:
    """Ask for initialized environments. Raise ResourceConflict where a version would have them twice."""
    named, wanted = _named(ctx, params), params["ProvisionedConcurrentExecutions"]
    if named.qualifier == LATEST:
        raise invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    _refuse_twice(ctx, named)
    _refuse_many(ctx, named, wanted)
    ctx.tx.sql(
        "INSERT INTO lambda_provisioned (scope, name, qualifier, requested, modified) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (scope, name, qualifier) DO UPDATE SET requested = excluded.requested, modified = excluded.modified",
        named.scope, named.name, named.qualifier, wanted, ctx.now,
    )  # fmt: skip
    ctx.notify(KIND)
    return {**_counts(wanted, 0), "Status": "IN_PROGRESS", "LastModified": request.timestamp(ctx.now)}


def _named(ctx: Context, params: Params) -> Named:
    """Return the version or alias that is asked about. Raise ResourceNotFound."""
    named = names.of(ctx, params)
    load(ctx, named)
    if named.qualifier == LATEST:
        return named
    if named.is_version and versions.row(ctx.tx, named, named.qualifier) is None:
        raise no_function(named.qualified)
    if not named.is_version and aliases.row(ctx.tx, named, named.qualifier) is None:
        raise no_alias(named.qualified)
    return named


def _refuse_twice(ctx: Context, named: Named) -> None:
    held = {qualifier for (_, qualifier, _, _) in _rows(ctx, named)}
    pointing = {alias["Name"]: alias["FunctionVersion"] for alias in aliases.rows(ctx.tx, named)}
    if named.is_version and any(pointing.get(alias) == named.qualifier for alias in held):
        raise conflict("Version is pointed by a Provisioned Concurrency alias")
    if not named.is_version and pointing.get(named.qualifier) in held:
        raise conflict(
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
        )


def _refuse_many(ctx: Context, named: Named, wanted: int) -> None:
    total = wanted + limits.provisioned(ctx.tx, named.scope, named.name, but=named.qualifier)
    reserved = load(ctx, named).private.get("reserved")
    if reserved is not None and total > reserved:
        raise invalid(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
        )
    left = limits.unreserved(ctx.tx, named.scope)
    if wanted > left:
        raise invalid(
            f"Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{left}]."
        )
    if reserved is None and left - wanted < limits.LEAST_UNRESERVED:
        raise invalid(
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum "
            f"value of [{limits.LEAST_UNRESERVED}]."
        )


@lambda_.operation(on=names.target, lane="stream")
async def get_provisioned_concurrency_config(ctx: Context, params: Params) -> Params:
    """Return how many environments were asked for and how many there are. Raise ProvisionedConcurrencyConfigNotFound."""
    named, row = await ctx.transact(lambda tx: _asked(replace(ctx, tx=tx), params))
    return await _status(ctx, named, row)


def _asked(ctx: Context, params: Params) -> tuple[Named, tuple[Any, ...]]:
    named = _named(ctx, params)
    row = next((row for row in _rows(ctx, named) if row[1] == named.qualifier), None)
    if row is None:
        said = "No Provisioned Concurrency Config found for this function"
        raise AwsError("ProvisionedConcurrencyConfigNotFoundException", said, 404, {"Type": "User"})
    return named, row


async def _status(ctx: Context, named: Named, row: tuple[Any, ...]) -> Params:
    from clary.services.lambda_.running import owner

    _, qualifier, requested, modified = row
    ready, failed = await owner.provisioned(ctx.platform, named.scope, named.name, qualifier)
    status = {"Status": "READY" if ready >= requested else "IN_PROGRESS"}
    if failed and ready < requested:
        status = {"Status": "FAILED", "StatusReason": "FUNCTION_ERROR_INIT_FAILURE"}
    return {
        **_counts(requested, 0 if failed else ready),
        **status,
        "LastModified": request.timestamp(modified),
    }


def _counts(requested: int, ready: int) -> Params:
    return {
        "RequestedProvisionedConcurrentExecutions": requested,
        "AvailableProvisionedConcurrentExecutions": ready,
        "AllocatedProvisionedConcurrentExecutions": ready,
    }


@lambda_.operation(on=names.target)
def delete_provisioned_concurrency_config(ctx: Context, params: Params) -> Params:
    """Ask for no initialized environments any more. None there is no error."""
    named = _named(ctx, params)
    ctx.tx.sql(
        "DELETE FROM lambda_provisioned WHERE scope = ? AND name = ? AND qualifier = ?",
        named.scope, named.name, named.qualifier,
    )  # fmt: skip
    ctx.notify(KIND)
    return {}


@lambda_.operation(on=names.whole, lane="stream")
async def list_provisioned_concurrency_configs(ctx: Context, params: Params) -> Params:
    """Return a page of what a function's versions and aliases ask for."""
    named = names.of(ctx, params)

    def read(tx: Any) -> list[tuple[Any, ...]]:
        load(replace(ctx, tx=tx), named)
        return _rows(replace(ctx, tx=tx), named)

    rows, more = page(ctx, params, await ctx.transact(read), lambda row: row[1])
    shown = [{"FunctionArn": named.at(row[1]).qualified, **await _status(ctx, named, row)} for row in rows]
    return {"ProvisionedConcurrencyConfigs": shown, **more}


def _rows(ctx: Context, named: Named) -> list[tuple[Any, ...]]:
    return ctx.tx.sql(
        "SELECT name, qualifier, requested, modified FROM lambda_provisioned WHERE scope = ? AND name = ? ORDER BY qualifier",
        named.scope, named.name,
    )  # fmt: skip
