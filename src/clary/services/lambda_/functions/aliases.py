"""Aliases: names of versions, which may share their traffic between two."""

from __future__ import annotations

import random
from typing import Any

import orjson

from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.lambda_ import names
from clary.services.lambda_.errors import conflict, invalid, no_alias, no_function, stale
from clary.services.lambda_.functions.noun import load
from clary.services.lambda_.names import LATEST, Named
from clary.services.lambda_.pages import page
from clary.services.lambda_.service import lambda_
from clary.store.api import Tx

Params = dict[str, Any]
_KEYS = "[Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, "
_KEYS += "Member must satisfy regular expression pattern: [0-9]+]"
_WEIGHTS = (
    "[Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, "
)
_WEIGHTS += "Member must not be null]"


def target(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of the alias that a request names."""
    return [_named(ctx, params).qualified]


def _named(ctx: Context, params: Params) -> Named:
    return names.of(ctx, {"FunctionName": params["FunctionName"]}).at(params["Name"])


def row(tx: Tx, named: Named, alias: str) -> Params | None:
    """Return an alias, or None."""
    found = tx.sql(
        "SELECT doc FROM lambda_alias WHERE scope = ? AND name = ? AND alias = ?",
        named.scope,
        named.name,
        alias,
    )
    return orjson.loads(found[0][0]) if found else None


def rows(tx: Tx, named: Named) -> list[Params]:
    """Return all aliases of a function by name."""
    found = tx.sql(
        "SELECT doc FROM lambda_alias WHERE scope = ? AND name = ? ORDER BY alias", named.scope, named.name
    )
    return [orjson.loads(doc) for (doc,) in found]


def chosen(alias: Params) -> str:
    """Return the version that one invocation of an alias goes to, by weight."""
    for version, weight in (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights", {}).items():
        if random.random() < weight:
            return version
    return alias["FunctionVersion"]


def renewed(ctx: Context, named: Named, revision: str) -> None:
    """Give an alias another RevisionId: its policy has changed."""
    alias = row(ctx.tx, named, named.qualifier)
    if alias is not None:
        _write(ctx, named, {**alias, "RevisionId": revision})


@lambda_.operation(on=target)
def create_alias(ctx: Context, params: Params) -> Params:
    """Create an alias. Raise ResourceConflict for a name that is taken."""
    named = _named(ctx, params)
    _check(ctx, named, params["FunctionVersion"], params.get("RoutingConfig"))
    if row(ctx.tx, named, named.qualifier) is not None:
        raise conflict(f"Alias already exists: {named.qualified}")
    alias = {
        "AliasArn": named.qualified,
        "Name": params["Name"],
        "FunctionVersion": params["FunctionVersion"],
        "Description": params.get("Description", ""),
        "RevisionId": ctx.platform.ids.uuid(),
        **_routing(params.get("RoutingConfig")),
    }
    _write(ctx, named, alias)
    return alias


@lambda_.operation(on=target)
def get_alias(ctx: Context, params: Params) -> Params:
    """Return an alias. Raise ResourceNotFound."""
    return _found(ctx, _named(ctx, params))


@lambda_.operation(on=target)
def update_alias(ctx: Context, params: Params) -> Params:
    """Change what is given of an alias. Raise ResourceNotFound, PreconditionFailed."""
    named = _named(ctx, params)
    old = _found(ctx, named)
    if params.get("RevisionId") and params["RevisionId"] != old["RevisionId"]:
        raise stale("GetFunction/GetAlias")
    given = {name: params[name] for name in ("FunctionVersion", "Description") if name in params}
    new = {**old, **given, "RevisionId": ctx.platform.ids.uuid()}
    if "RoutingConfig" in params:
        new.pop("RoutingConfig", None)
        new |= _routing(params["RoutingConfig"])
    _check(ctx, named, new["FunctionVersion"], new.get("RoutingConfig"))
    _write(ctx, named, new)
    return new


@lambda_.operation(on=target)
def delete_alias(ctx: Context, params: Params) -> Params:
    """Delete an alias with what belongs to it. One that is not there is no error."""
    named = _named(ctx, params)
    place = (named.scope, named.name, named.qualifier)
    ctx.tx.sql("DELETE FROM lambda_alias WHERE scope = ? AND name = ? AND alias = ?", *place)
    for table in ("lambda_invoke_config", "lambda_provisioned", "lambda_url"):
        ctx.tx.sql(f"DELETE FROM {table} WHERE scope = ? AND name = ? AND qualifier = ?", *place)
    ctx.tx.sql("DELETE FROM lambda_policy WHERE scope = ? AND resource = ?", named.scope, named.resource)
    return {}


@lambda_.operation(on=names.whole)
def list_aliases(ctx: Context, params: Params) -> Params:
    """Return a page of a function's aliases, of one version or all."""
    named = names.of(ctx, params)
    load(ctx, named)
    wanted = params.get("FunctionVersion")
    every = [alias for alias in rows(ctx.tx, named) if wanted in (None, alias["FunctionVersion"])]
    found, more = page(ctx, params, every, lambda alias: alias["Name"])
    return {"Aliases": found, **more}


def _found(ctx: Context, named: Named) -> Params:
    alias = row(ctx.tx, named, named.qualifier)
    if alias is None:
        raise no_alias(named.qualified)
    return alias


def _routing(given: Params | None) -> Params:
    weights = (given or {}).get("AdditionalVersionWeights")
    return {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}


def _check(ctx: Context, named: Named, version: str, routing: Params | None) -> None:
    """Raise AWS's error for a version that is not there, and for weights that make no sense."""
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    for other, weight in weights.items():
        _check_weight(other, weight)
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if weights and version == LATEST:
        raise invalid(f"{LATEST} is not supported for an alias pointing to more than 1 version")
    if version in weights:
        raise invalid(
            f"Invalid function version {version}. Function version {version} is already included in routing configuration."
        )
    for one in (version, *weights):
        _require(ctx, named.at(one))


def _check_weight(version: str, weight: float) -> None:
    said = f"1 validation error detected: Value '{{{version}={weight}}}' at 'routingConfig.additionalVersionWeights' failed "
    if not (version.isascii() and version.isdigit()):
        raise validation(f"{said}to satisfy constraint: Map keys must satisfy constraint: {_KEYS}")
    if not 0 <= weight <= 1:
        raise validation(f"{said}to satisfy constraint: Map value must satisfy constraint: {_WEIGHTS}")


def _require(ctx: Context, named: Named) -> None:
    if named.qualifier == LATEST:
        load(ctx, named.at(""))
        return
    found = named.is_version and ctx.tx.sql(
        "SELECT 1 FROM lambda_version WHERE scope = ? AND name = ? AND version = ?",
        named.scope, named.name, int(named.qualifier),
    )  # fmt: skip
    if not found:
        raise no_function(named.qualified)


def _write(ctx: Context, named: Named, alias: Params) -> None:
    ctx.tx.sql(
        "INSERT INTO lambda_alias (scope, name, alias, doc) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (scope, name, alias) DO UPDATE SET doc = excluded.doc",
        named.scope, named.name, alias["Name"], orjson.dumps(alias).decode(),
    )  # fmt: skip
