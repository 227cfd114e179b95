"""Aliases: names that lead to one version, or to two by weight."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import orjson

from clary.kernel.errors import validation
from clary.plane import Context, Record
from clary.services.stepfunctions.errors import conflict, no_alias
from clary.services.stepfunctions.machines import versions
from clary.services.stepfunctions.machines.noun import MACHINE, Revision, find, load
from clary.services.stepfunctions.names import (
    Named,
    Params,
    base_of,
    check_name,
    given,
    more,
    of_machine,
    page,
    read,
)
from clary.services.stepfunctions.service import stepfunctions

_COLUMNS = "name, description, routing, created, updated"
_WHERE = "where scope = ? and machine = ? and name = ?"


class Alias(NamedTuple):
    """A row of the table."""

    name: str
    description: str | None
    routing: str
    created: float
    updated: float


def _machine_of(ctx: Context, params: Params) -> list[str]:
    return [base_of(params["routingConfiguration"][0]["stateMachineVersionArn"])]


@stepfunctions.operation(on=_machine_of)
def create_state_machine_alias(ctx: Context, params: Params) -> Params:
    """Create an alias. The same request again returns the same; another one raises ConflictException."""
    name, routing = check_name(params["name"]), params["routingConfiguration"]
    if name.isdecimal():
        raise validation("An alias name must not be a number.")
    record = _routed(ctx, routing)
    text, description = orjson.dumps(routing).decode(), params.get("description")
    arn = f"{record.arn}:{name}"
    known = _row(ctx, record, name)
    if known is not None and (orjson.loads(known.routing), known.description) != (routing, description):
        raise conflict(
            "Failed to create alias because an alias with the same name and a different routing configuration already exists."
        )
    if known is None:
        ctx.tx.sql(
            f"insert into stepfunctions_alias (scope, machine, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?)",
            ctx.scope, record.id, name, description, text, ctx.now, ctx.now,
        )  # fmt: skip
    return {"stateMachineAliasArn": arn, "creationDate": known.created if known else ctx.now}


def _routed(ctx: Context, routing: list[dict[str, Any]]) -> Record:
    """Return the state machine whose versions a routing names. Raise ValidationException."""
    arns = [one["stateMachineVersionArn"] for one in routing]
    named = [read(arn, "stateMachine") for arn in arns]
    shown = f"Received: [{', '.join(arns)}]"
    if any(not one.rest.isdecimal() for one in named):
        raise validation(f"Routing configuration must contain state machine version ARNs. {shown}")
    if len(set(arns)) != len(arns):
        raise validation(f"Routing configuration must contain distinct state machine version ARNs. {shown}")
    if len({base_of(arn) for arn in arns}) != 1:
        raise validation(f"Routing configuration must contain versions of one state machine. {shown}")
    weights = [one["weight"] for one in routing]
    if sum(weights) != 100:
        raise validation(f"Sum of routing configuration weights must equal 100. Received: {weights}")
    record = find(ctx, named[0])
    for one in named:
        if versions.at(ctx, record, int(one.rest[:9])) is None:
            raise no_alias()
    return record


def _row(ctx: Context, record: Record, name: str) -> Alias | None:
    rows = ctx.tx.sql(f"select {_COLUMNS} from stepfunctions_alias {_WHERE}", ctx.scope, record.id, name)
    return Alias(*rows[0]) if rows else None


def _load(ctx: Context, arn: str) -> tuple[Record, Alias]:
    named = read(arn, "stateMachine")
    record = ctx.tx.get(MACHINE.kind, ctx.scope, named.name) if named.scope == ctx.scope else None
    found = None if record is None else _row(ctx, record, named.rest)
    if record is None or found is None:
        raise no_alias()
    return record, found


def routed(ctx: Context, record: Record, named: Named) -> Revision | None:
    """Return the version that an alias leads to, by chance where there are two; None where the ARN names no alias."""
    alias = _row(ctx, record, named.rest)
    if alias is None:
        return None
    routing = orjson.loads(alias.routing)
    (chosen,) = random.choices(routing, [one["weight"] for one in routing])
    return versions.find(ctx, record, read(chosen["stateMachineVersionArn"], "stateMachine"))


@stepfunctions.operation(on=of_machine("stateMachineAliasArn"))
def describe_state_machine_alias(ctx: Context, params: Params) -> Params:
    """Return an alias. Raise ResourceNotFound."""
    _, alias = _load(ctx, params["stateMachineAliasArn"])
    shown: Params = {
        "stateMachineAliasArn": params["stateMachineAliasArn"],
        "name": alias.name,
        "routingConfiguration": orjson.loads(alias.routing),
        "creationDate": alias.created,
        "updateDate": alias.updated,
    }
    return shown | ({} if alias.description is None else {"description": alias.description})


@stepfunctions.operation(on=of_machine("stateMachineAliasArn"))
def update_state_machine_alias(ctx: Context, params: Params) -> Params:
    """Change an alias. Raise ValidationException for an empty change, ResourceNotFound."""
    if "description" not in params and "routingConfiguration" not in params:
        raise validation("Either the description or the routing configuration must be specified.")
    record, alias = _load(ctx, params["stateMachineAliasArn"])
    routing = params.get("routingConfiguration")
    if routing is not None and _routed(ctx, routing).arn != record.arn:
        raise validation("Routing configuration must contain versions of the alias's state machine.")
    ctx.tx.sql(
        f"update stepfunctions_alias set description = ?, routing = ?, updated = ? {_WHERE}",
        params.get("description", alias.description),
        alias.routing if routing is None else orjson.dumps(routing).decode(),
        ctx.now, ctx.scope, record.id, alias.name,
    )  # fmt: skip
    return {"updateDate": ctx.now}


@stepfunctions.operation(on=of_machine("stateMachineAliasArn"))
def delete_state_machine_alias(ctx: Context, params: Params) -> Params:
    """Delete an alias. Raise ResourceNotFound."""
    record, alias = _load(ctx, params["stateMachineAliasArn"])
    ctx.tx.sql(f"delete from stepfunctions_alias {_WHERE}", ctx.scope, record.id, alias.name)
    return {}


@stepfunctions.operation(on=given("stateMachineArn"))
def list_state_machine_aliases(ctx: Context, params: Params) -> Params:
    """Return a page of aliases by name: those of a state machine, or those that lead to one of its versions."""
    arn = params["stateMachineArn"]
    named = read(arn, "stateMachine")
    record = find(ctx, named) if named.rest else load(ctx, arn)
    most, after = page(ctx, params)
    rows = ctx.tx.sql(
        f"select {_COLUMNS} from stepfunctions_alias where scope = ? and machine = ? and name > ? order by name",
        ctx.scope, record.id, after or "",
    )  # fmt: skip
    found = [Alias(*row) for row in rows if not named.rest or f'"{arn}"' in row[2]]
    shown = [
        {"stateMachineAliasArn": f"{record.arn}:{one.name}", "creationDate": one.created}
        for one in found[:most]
    ]
    return {"stateMachineAliases": shown, **more(ctx, found, most, lambda one: one.name)}
