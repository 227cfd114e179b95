"""Versions: what a state machine was when it was published. They do not change."""

from __future__ import annotations

from typing import Any

import orjson

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context, Record
from clary.services.stepfunctions.errors import conflict, no_machine
from clary.services.stepfunctions.machines.noun import MACHINE, Revision, load, present
from clary.services.stepfunctions.names import Named, Params, given, more, of_machine, page, read
from clary.services.stepfunctions.service import stepfunctions

_MOST = 1000  # versions of a state machine
_COLUMNS = "number, revision, description, content, created"


def publish(ctx: Context, record: Record, description: str) -> Revision:
    """Return the version of a state machine's present revision; the newest one where that is the same."""
    newest = _newest(ctx, record)
    now = present(record)
    if newest is not None and newest.revision == now.revision:
        return newest
    _check_count(ctx, record)
    number = int(record.private.get("versions", 0)) + 1
    content = {**now.content, "description": description, "created": ctx.now}
    ctx.tx.sql(
        f"insert into stepfunctions_version (scope, machine, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?)",
        ctx.scope, record.id, number, now.revision, description, orjson.dumps(content).decode(), ctx.now,
    )  # fmt: skip
    _count(ctx, record, number)
    return Revision(record, content, now.revision, number)


def _check_count(ctx: Context, record: Record) -> None:
    ((count,),) = ctx.tx.sql(
        "select count(*) from stepfunctions_version where scope = ? and machine = ?", ctx.scope, record.id
    )
    if count >= _MOST:
        raise AwsError(
            "ServiceQuotaExceededException", f"A state machine may have at most {_MOST} versions.", 402
        )


def _count(ctx: Context, record: Record, number: int) -> None:
    """Remember the number: that of a deleted version is not given again."""
    from clary.plane import revise

    current = ctx.tx.get(MACHINE.kind, record.scope, record.id)
    assert current is not None
    ctx.tx.update(revise(current, private={"versions": number}))


def _newest(ctx: Context, record: Record) -> Revision | None:
    rows = ctx.tx.sql(
        f"select {_COLUMNS} from stepfunctions_version where scope = ? and machine = ? order by number desc limit 1",
        ctx.scope,
        record.id,
    )
    return _of(record, rows[0]) if rows else None


def _of(record: Record, row: tuple[Any, ...]) -> Revision:
    return Revision(record, orjson.loads(row[3]), row[1], row[0])


def find(ctx: Context, record: Record, named: Named) -> Revision:
    """Return the version that an ARN names. Raise StateMachineDoesNotExist."""
    found = at(ctx, record, int(named.rest)) if named.rest.isdecimal() and len(named.rest) < 10 else None
    if found is None:
        raise no_machine(named.arn)
    return found


def at(ctx: Context, record: Record, number: int) -> Revision | None:
    """Return the version of a number, or None."""
    rows = ctx.tx.sql(
        f"select {_COLUMNS} from stepfunctions_version where scope = ? and machine = ? and number = ?",
        record.scope,
        record.id,
        number,
    )
    return _of(record, rows[0]) if rows else None


def description_of(revision: Revision) -> Params:
    """Return the description that a version shows, if it has one."""
    text = revision.content.get("description")
    return {"description": text} if text else {}


@stepfunctions.operation(on=given("stateMachineArn"))
def publish_state_machine_version(ctx: Context, params: Params) -> Params:
    """Publish the present revision. Raise ConflictException if it is not the one that `revisionId` names."""
    record = load(ctx, params["stateMachineArn"])
    known = record.private.get("revision", "")
    if params.get("revisionId", known) not in (known, known or "INITIAL"):
        raise conflict(
            f"Failed to publish the State Machine version for revision {params['revisionId']}. "
            f"The current State Machine revision is {known or 'INITIAL'}."
        )
    found = publish(ctx, record, params.get("description", ""))
    return {"creationDate": found.content["created"], "stateMachineVersionArn": found.arn}


@stepfunctions.operation(on=given("stateMachineArn"))
def list_state_machine_versions(ctx: Context, params: Params) -> Params:
    """Return a page of versions, the newest first; none for a state machine that is not there."""
    named = read(params["stateMachineArn"], "stateMachine")
    most, before = page(ctx, params)
    rows = ctx.tx.sql(
        "select number, created from stepfunctions_version where scope = ? and machine = ? and number < ? "
        "order by number desc limit ?",
        ctx.scope if named.scope == ctx.scope else "", named.name, 1 << 40 if before is None else before, most + 1,
    )  # fmt: skip
    base = params["stateMachineArn"]
    shown = [{"stateMachineVersionArn": f"{base}:{row[0]}", "creationDate": row[1]} for row in rows[:most]]
    return {"stateMachineVersions": shown, **more(ctx, rows, most, lambda row: row[0])}


@stepfunctions.operation(on=of_machine("stateMachineVersionArn"))
def delete_state_machine_version(ctx: Context, params: Params) -> Params:
    """Delete a version. Raise ConflictException while an alias leads to it."""
    arn = params["stateMachineVersionArn"]
    named = read(arn, "stateMachine")
    if not named.rest.isdecimal():
        raise validation("The ARN must be that of a state machine version.")
    if named.scope != ctx.scope:
        return {}
    rows = ctx.tx.sql(
        "select name, routing from stepfunctions_alias where scope = ? and machine = ? order by name",
        ctx.scope,
        named.name,
    )
    using = [
        name
        for name, routing in rows
        if any(one["stateMachineVersionArn"] == arn for one in orjson.loads(routing))
    ]
    if using:
        raise conflict(
            "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: "
            f"[{', '.join(using)}]"
        )
    ctx.tx.sql(
        "delete from stepfunctions_version where scope = ? and machine = ? and number = ?",
        ctx.scope,
        named.name,
        int(named.rest[:9]),
    )
    return {}
