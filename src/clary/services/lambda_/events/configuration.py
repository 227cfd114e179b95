"""What becomes of asynchronous events: Put-, Update-, Get-, Delete- and ListFunctionEventInvokeConfig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from clary.plane import Context
from clary.services.lambda_ import names
from clary.services.lambda_.errors import invalid, no_function, not_found
from clary.services.lambda_.functions import aliases, versions
from clary.services.lambda_.functions.noun import find
from clary.services.lambda_.names import LATEST, Named
from clary.services.lambda_.pages import page
from clary.services.lambda_.service import lambda_
from clary.store.api import Tx

Params = dict[str, Any]
_MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
_SERVICES = frozenset(["sqs", "sns", "lambda", "events", "s3"])


@dataclass(frozen=True, slots=True)
class Found:
    """A configuration as it is stored: its qualifier, members, and when it was written (epoch seconds)."""

    qualifier: str
    doc: Params
    modified: float


def read(tx: Tx, named: Named) -> Found | None:
    """Return the configuration of what is named, or None."""
    rows = tx.sql(
        "SELECT qualifier, doc, modified FROM lambda_invoke_config WHERE scope = ? AND name = ? AND qualifier = ?",
        named.scope, named.name, named.qualifier or LATEST,
    )  # fmt: skip
    return Found(rows[0][0], orjson.loads(rows[0][1]), rows[0][2]) if rows else None


@lambda_.operation(on=names.target)
def put_function_event_invoke_config(ctx: Context, params: Params) -> Params:
    """Write a configuration in place of what there was."""
    named = _named(ctx, params)
    _check(ctx, named, params)
    return _write(ctx, named, {member: params[member] for member in _MEMBERS if member in params})


@lambda_.operation(on=names.target)
def update_function_event_invoke_config(ctx: Context, params: Params) -> Params:
    """Change what is given of a configuration. Raise ResourceNotFound."""
    named = _named(ctx, params)
    _check(ctx, named, params)
    old = _found(ctx, named).doc
    new = {**old, **{member: params[member] for member in _MEMBERS if member in params}}
    if "DestinationConfig" in params:
        new["DestinationConfig"] = {**old.get("DestinationConfig", {}), **params["DestinationConfig"]}
    return _write(ctx, named, new)


@lambda_.operation(on=names.target)
def get_function_event_invoke_config(ctx: Context, params: Params) -> Params:
    """Return a configuration. Raise ResourceNotFound."""
    named = names.of(ctx, params)
    return _shown(named, _found(ctx, named))


@lambda_.operation(on=names.target)
def delete_function_event_invoke_config(ctx: Context, params: Params) -> Params:
    """Delete a configuration. Raise ResourceNotFound."""
    named = names.of(ctx, params)
    found = _found(ctx, named)
    ctx.tx.sql(
        "DELETE FROM lambda_invoke_config WHERE scope = ? AND name = ? AND qualifier = ?",
        named.scope, named.name, found.qualifier,
    )  # fmt: skip
    return {}


@lambda_.operation(on=names.whole)
def list_function_event_invoke_configs(ctx: Context, params: Params) -> Params:
    """Return a page of the configurations of a function's versions and aliases."""
    named = names.of(ctx, params)
    if find(ctx.tx, named) is None:
        raise not_found("The function doesn't exist.")
    rows = ctx.tx.sql(
        "SELECT qualifier, doc, modified FROM lambda_invoke_config WHERE scope = ? AND name = ? ORDER BY qualifier",
        named.scope, named.name,
    )  # fmt: skip
    every = [Found(qualifier, orjson.loads(doc), modified) for qualifier, doc, modified in rows]
    found, more = page(ctx, params, every, lambda one: one.qualifier)
    return {"FunctionEventInvokeConfigs": [_shown(named, one) for one in found], **more}


def _named(ctx: Context, params: Params) -> Named:
    """Return what a request names. Raise ResourceNotFound where it is not there."""
    named = names.of(ctx, params)
    if find(ctx.tx, named) is None:
        raise not_found("The function doesn't exist.")
    if named.is_version and versions.row(ctx.tx, named, named.qualifier) is None:
        raise no_function(named.qualified)
    is_other = named.qualifier not in ("", LATEST) and not named.is_version
    if is_other and aliases.row(ctx.tx, named, named.qualifier) is None:
        raise no_function(named.qualified)
    return named


def _found(ctx: Context, named: Named) -> Found:
    found = read(ctx.tx, named)
    if found is None:
        raise not_found(f"The function {named.exact} doesn't have an EventInvokeConfig")
    return found


def _check(ctx: Context, named: Named, params: Params) -> None:
    """Raise InvalidParameterValue for a request that says nothing, and for a destination that cannot be one."""
    if not any(member in params for member in _MEMBERS):
        raise invalid("You must specify at least one of error handling or destination setting.")
    for which in ("OnSuccess", "OnFailure"):
        arn = (params.get("DestinationConfig") or {}).get(which, {}).get("Destination")
        if arn:
            _check_destination(ctx, named, which, arn)


def _check_destination(ctx: Context, named: Named, which: str, arn: str) -> None:
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service not in _SERVICES or (service == "s3" and which == "OnSuccess"):
        said = {"OnSuccess": "null", "OnFailure": "null", which: f"{which}(destination={arn})"}
        raise invalid(
            f"The provided destination config DestinationConfig(onSuccess={said['OnSuccess']}, "
            f"onFailure={said['OnFailure']}) is invalid."
        )
    target = names.of_arn(arn) if service == "lambda" else None
    if service == "lambda" and (
        target is None or find(ctx.tx, target) is None or target.account != named.account
    ):
        raise invalid(f"The destination ARN {arn} is invalid.")
    if target is not None and target.arn == named.arn:
        raise invalid("You can't specify the function as a destination for itself.")


def _write(ctx: Context, named: Named, doc: Params) -> Params:
    found = Found(named.qualifier or LATEST, doc, ctx.now)
    ctx.tx.sql(
        "INSERT INTO lambda_invoke_config (scope, name, qualifier, doc, modified) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (scope, name, qualifier) DO UPDATE SET doc = excluded.doc, modified = excluded.modified",
        named.scope, named.name, found.qualifier, orjson.dumps(doc).decode(), ctx.now,
    )  # fmt: skip
    return _shown(named, found)


def _shown(named: Named, found: Found) -> Params:
    destinations = {"OnSuccess": {}, "OnFailure": {}, **found.doc.get("DestinationConfig", {})}
    return {
        **found.doc,
        "FunctionArn": named.at(found.qualifier).qualified,
        "LastModified": found.modified,
        "DestinationConfig": destinations,
    }
