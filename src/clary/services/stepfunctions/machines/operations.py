"""CreateStateMachine and its like."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context, Document, Record, revise
from clary.plane.nouns import tags
from clary.services.stepfunctions.machines import checks, versions
from clary.services.stepfunctions.machines.noun import (
    MACHINE,
    described,
    find,
    keep_definition,
    load,
    present,
)
from clary.services.stepfunctions.machines.options import refuse_keys, refuse_traces
from clary.services.stepfunctions.names import Params, check_name, given, machine_arn, more, page, read
from clary.services.stepfunctions.service import stepfunctions
from clary.services.stepfunctions.tags import RULES
from clary.store.api import Exists, Query

_CHANGES = (
    "definition",
    "roleArn",
    "loggingConfiguration",
    "tracingConfiguration",
    "encryptionConfiguration",
)


@stepfunctions.operation(
    on=lambda ctx, params: [machine_arn(ctx, params["name"])],
    also=(stepfunctions.tagging("tags"),),
    lane="compute",
)
def create_state_machine(ctx: Context, params: Params) -> Params:
    """Create a state machine, and a version of it if `publish` says so. The same request again returns the same."""
    check_name(params["name"])
    _check_description(params)
    refuse_keys(params, "CreateStateMachine")
    refuse_traces(params, "CreateStateMachine")
    checks.definition(ctx, params["definition"], params.get("type") == "EXPRESS")
    checks.load_services(ctx, params)
    with ctx.transaction(write=True) as within:
        return _create(within, params)


def _check_description(params: Params) -> None:
    if params.get("versionDescription") and not params.get("publish"):
        raise validation("Version description can only be set when publish is true")


def _create(ctx: Context, params: Params) -> Params:
    checks.role(ctx, params["roleArn"], params["name"])
    record = _fresh(ctx, params)
    given = tags.of_request(RULES, params)
    try:
        ctx.tx.insert(record)
        ctx.tx.tag(record.arn, given)
    except Exists:
        record = _same(ctx, record, given)
    shown: Params = {"stateMachineArn": record.arn, "creationDate": record.created}
    if params.get("publish"):
        shown["stateMachineVersionArn"] = versions.publish(
            ctx, record, params.get("versionDescription", "")
        ).arn
    return shown


def _fresh(ctx: Context, params: Params) -> Record:
    spec = {
        "type": params.get("type", "STANDARD"),
        "roleArn": params["roleArn"],
        "digest": keep_definition(ctx.tx, ctx.scope, params["definition"]),
        "loggingConfiguration": checks.logging(ctx, params.get("loggingConfiguration")),
    }
    return Record(
        kind=MACHINE.kind,
        scope=ctx.scope,
        id=params["name"],
        arn=machine_arn(ctx, params["name"]),
        status="ACTIVE",
        doc=Document().over(spec),
        created=ctx.now,
        modified=ctx.now,
    )


def _same(ctx: Context, record: Record, given: dict[str, str]) -> Record:
    """Return the state machine that has this name already. Raise StateMachineAlreadyExists unless it is the same."""
    known = ctx.tx.get(MACHINE.kind, ctx.scope, record.id)
    if known is None or known.spec != record.spec:
        raise AwsError("StateMachineAlreadyExists", f"State Machine Already Exists: '{record.arn}'")
    return known


@stepfunctions.operation(on=given("stateMachineArn"), lane="compute")
def update_state_machine(ctx: Context, params: Params) -> Params:
    """Change a state machine; running executions go on with what they began with. Raise MissingRequiredParameter."""
    named = read(params["stateMachineArn"], "stateMachine")
    if not any(name in params for name in _CHANGES) and not params.get("publish"):
        raise AwsError(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
        )
    _check_description(params)
    refuse_keys(params, "UpdateStateMachine")
    refuse_traces(params, "UpdateStateMachine")
    with ctx.transaction() as within:
        is_express = present(find(within, named)).is_express
    if "definition" in params:
        checks.definition(ctx, params["definition"], is_express)
    checks.load_services(ctx, params)
    with ctx.transaction(write=True) as within:
        return _update(within, params)


def _update(ctx: Context, params: Params) -> Params:
    record = load(ctx, params["stateMachineArn"])
    changes = _changes(ctx, record, params)
    if any(record.spec.get(name) != value for name, value in changes.items()):
        revision = ctx.platform.ids.uuid()
        record = ctx.tx.update(revise(record, spec=changes, private={"revision": revision}, modified=ctx.now))
    shown: Params = {"updateDate": ctx.now}
    if record.private.get("revision"):
        shown["revisionId"] = record.private["revision"]
    if params.get("publish"):
        shown["stateMachineVersionArn"] = versions.publish(
            ctx, record, params.get("versionDescription", "")
        ).arn
    return shown


def _changes(ctx: Context, record: Record, params: Params) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "roleArn" in params:
        checks.role(ctx, params["roleArn"], record.id)
        found["roleArn"] = params["roleArn"]
    if "definition" in params:
        found["digest"] = keep_definition(ctx.tx, ctx.scope, params["definition"])
    if "loggingConfiguration" in params:
        found["loggingConfiguration"] = checks.logging(ctx, params["loggingConfiguration"])
    return found


@stepfunctions.operation(on=given("stateMachineArn"))
def describe_state_machine(ctx: Context, params: Params) -> Params:
    """Return a state machine, or one of its versions."""
    named = read(params["stateMachineArn"], "stateMachine")
    record = find(ctx, named)
    if not named.rest:
        return described(ctx, present(record))
    found = versions.find(ctx, record, named)
    shown = described(ctx, found)
    return shown | {"creationDate": found.content["created"]} | versions.description_of(found)


@stepfunctions.operation(on="stateMachine:*")
def list_state_machines(ctx: Context, params: Params) -> Params:
    """Return a page of state machines, by their creation."""
    most, after = page(ctx, params)
    found = ctx.tx.list(MACHINE.kind, ctx.scope, Query(after=after, limit=most + 1, shared=True))
    shown = [
        {"stateMachineArn": one.arn, "name": one.id, "type": one.spec["type"], "creationDate": one.created}
        for one in found[:most]
    ]
    return {"stateMachines": shown, **more(ctx, found, most, lambda one: [one.created, one.id])}


@stepfunctions.operation(on=given("stateMachineArn"))
def delete_state_machine(ctx: Context, params: Params) -> Params:
    """Delete a state machine with its versions and aliases; running executions go on. One that is not there is no error."""
    named = read(params["stateMachineArn"], "stateMachine")
    if named.rest:
        raise validation("State machine version or alias ARN is not supported by this operation.")
    record = ctx.tx.get(MACHINE.kind, ctx.scope, named.name) if named.scope == ctx.scope else None
    if record is not None:
        for table in ("version", "alias"):
            ctx.tx.sql(
                f"delete from stepfunctions_{table} where scope = ? and machine = ?", ctx.scope, record.id
            )
        ctx.tx.delete(record)
    return {}
