"""AddPermission, RemovePermission and GetPolicy: who may use a function, a version or an alias."""

from __future__ import annotations

from typing import Any

import orjson

from clary.plane import Context, revise
from clary.services.lambda_ import names
from clary.services.lambda_.errors import invalid, no_alias, no_function, not_found, stale
from clary.services.lambda_.functions import aliases, versions
from clary.services.lambda_.functions.noun import find, load
from clary.services.lambda_.names import LATEST, Named
from clary.services.lambda_.policies import statements
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]
_NO_POLICY = "The resource you requested does not exist."


@lambda_.operation(on=names.target)
def add_permission(ctx: Context, params: Params) -> Params:
    """Add a statement to the policy of what is named. Raise ResourceConflict, InvalidParameterValue, PreconditionFailed."""
    named = names.of(ctx, params)
    _refuse_latest(named)
    _require(ctx, named)
    statement = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": statements.principal(ctx, params["Principal"]),
        "Action": params["Action"],
        "Resource": named.qualified,
        **statements.conditions(params),
    }
    held, revision = statements.read(ctx.tx, named.scope, named.resource)
    _refuse_stale(ctx, named, revision, params.get("RevisionId"))
    _write(ctx, named, statements.added(held, statement))
    return {"Statement": orjson.dumps(statement).decode()}


@lambda_.operation(on=names.target)
def remove_permission(ctx: Context, params: Params) -> Params:
    """Remove a statement. Raise ResourceNotFound, PreconditionFailed."""
    named = names.of(ctx, params)
    _refuse_latest(named)
    held, revision = statements.read(ctx.tx, named.scope, named.resource)
    if find(ctx.tx, named) is None:
        raise not_found(f"No policy found for: {named.qualified}")
    if not held:
        raise not_found("No policy is associated with the given resource.")
    _refuse_stale(ctx, named, revision, params.get("RevisionId"))
    _write(ctx, named, statements.without(held, params["StatementId"]))
    return {}


@lambda_.operation(on=names.target)
def get_policy(ctx: Context, params: Params) -> Params:
    """Return the policy of what is named. Raise ResourceNotFound where it has none."""
    named = names.of(ctx, params)
    held, revision = statements.read(ctx.tx, named.scope, named.resource)
    if find(ctx.tx, named) is None or not held:
        raise not_found(_NO_POLICY)
    return {"Policy": statements.document(held), "RevisionId": _revision(ctx, named) or revision}


def _refuse_latest(named: Named) -> None:
    if named.qualifier == LATEST:
        raise invalid("We currently do not support adding policies for $LATEST.")


def _require(ctx: Context, named: Named) -> None:
    """Raise ResourceNotFound for a function, version or alias that is not there."""
    load(ctx, named.at(""))
    if named.is_version and versions.row(ctx.tx, named, named.qualifier) is None:
        raise no_function(named.qualified)
    if named.qualifier and not named.is_version and aliases.row(ctx.tx, named, named.qualifier) is None:
        raise no_alias(named.qualified) if named.is_alias else no_function(named.qualified)


def _revision(ctx: Context, named: Named) -> str:
    """Return the revision that a function and an alias share with their policies; '' for a version."""
    if not named.qualifier:
        return load(ctx, named).spec["RevisionId"]
    alias = None if named.is_version else aliases.row(ctx.tx, named, named.qualifier)
    return alias["RevisionId"] if alias else ""


def _refuse_stale(ctx: Context, named: Named, revision: str, given: str | None) -> None:
    own = _revision(ctx, named)
    if given and given != (own or revision):
        raise stale("GetPolicy" if named.qualifier else "GetFunction/GetAlias")


def _write(ctx: Context, named: Named, held: list[Params]) -> None:
    revision = ctx.platform.ids.uuid()
    statements.write(ctx, named.scope, named.resource, held, revision)
    if not named.qualifier:
        ctx.tx.update(revise(load(ctx, named), spec={"RevisionId": revision}))
    elif not named.is_version:
        aliases.renewed(ctx, named, revision)
