"""Create-, Get-, Update-, Delete- and ListEventSourceMapping(s)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane import Context, Document, Query, Record, revise
from clary.plane.paging import sign_token
from clary.plane.signals import DUE
from clary.services.lambda_ import names, tags
from clary.services.lambda_.errors import conflict, in_use, invalid
from clary.services.lambda_.functions import versions
from clary.services.lambda_.mappings import queues, request
from clary.services.lambda_.mappings.noun import KIND, arn_of, load, refuse_source, shown
from clary.services.lambda_.names import Named
from clary.services.lambda_.pages import position, size
from clary.services.lambda_.service import lambda_
from clary.store.api import Tx

Params = dict[str, Any]
_MOST = 1000  # mappings of one source and function that are looked at for a double


@lambda_.operation(on="event-source-mapping:*", also=(lambda_.tagging("Tags"),))
async def create_event_source_mapping(ctx: Context, params: Params) -> Params:
    """Let a function have what a queue gets. Raise InvalidParameterValue for a queue that its role cannot read."""
    arn = params.get("EventSourceArn", "")
    refuse_source(ctx.op.name, arn)
    if "sqs" not in ctx.platform.services:
        raise not_implemented("lambda", "CreateEventSourceMapping with a queue of SQS")
    named = names.parse(ctx, params["FunctionName"])
    config = await ctx.transact(lambda tx: _checked(replace(ctx, tx=tx), named, params))
    await queues.check(await queues.queue_of(ctx.platform, arn, config, named.scope), config["Timeout"])
    record = await ctx.transact(lambda tx: _write(replace(ctx, tx=tx), named, params), write=True)
    ctx.notify(DUE, KIND)
    return shown(record)


def _checked(ctx: Context, named: Named, params: Params) -> Params:
    """Return the configuration of the function. Raise AWS's errors for what cannot be a mapping."""
    if named.account != ctx.account:
        raise invalid("A mapping is for a function of the caller's own account.")
    config = versions.configuration(ctx, named)
    request.changes(params, {"EventSourceArn": params["EventSourceArn"]})
    tags.checked(params.get("Tags") or {}, {})
    for other in _of(ctx.tx, ctx.scope, params["EventSourceArn"], named.qualified):
        raise conflict(
            f'An event source mapping with SQS arn (" {params["EventSourceArn"]} ") and function (" {named.name} ") '
            f"already exists. Please update or delete the existing mapping with UUID {other.id}"
        )
    return config


def _of(tx: Tx, scope: str, source: str | None, function: str | None) -> list[Record]:
    """Return mappings of a source, of a function, or of both."""
    where = [
        (f"doc.spec.{member}", "=", value)
        for member, value in (("EventSourceArn", source), ("FunctionArn", function))
        if value
    ]
    return tx.list(KIND, scope, Query(where, order="id", limit=_MOST))


def _write(ctx: Context, named: Named, params: Params) -> Record:
    _checked(ctx, named, params)
    uuid, enabled = ctx.platform.ids.uuid(), params.get("Enabled", True)
    kept = {"EventSourceArn": params["EventSourceArn"], "FunctionArn": named.qualified}
    document = Document(private={"enabled": enabled}).over(request.changes(params, kept))
    arn = ctx.arn(f"event-source-mapping:{uuid}")
    record = Record(
        KIND, ctx.scope, uuid, arn, "Creating", document, created=ctx.now, modified=ctx.now, due=ctx.now
    )
    ctx.tx.insert(record)
    if params.get("Tags"):
        ctx.tx.tag(arn, params["Tags"])
    return record


@lambda_.operation(on=arn_of)
def get_event_source_mapping(ctx: Context, params: Params) -> Params:
    """Return a mapping. Raise ResourceNotFound."""
    return shown(load(ctx, params["UUID"]))


@lambda_.operation(on=arn_of)
def update_event_source_mapping(ctx: Context, params: Params) -> Params:
    """Change what is given of a mapping. Raise ResourceNotFound, ResourceInUse while another change is under way."""
    record = load(ctx, params["UUID"])
    _refuse_busy(record)
    new = request.changes(params, record.spec)
    if params.get("FunctionName"):
        named = names.parse(ctx, params["FunctionName"])
        versions.configuration(ctx, named)
        new["FunctionArn"] = named.qualified
    enabled = params.get("Enabled", record.private.get("enabled", True))
    status = "Updating"
    if enabled != record.private.get("enabled", True):
        status = "Enabling" if enabled else "Disabling"
    changed = revise(
        record, spec=_with_removed(record.spec, new), private={"enabled": enabled}, status=status
    )
    written = ctx.tx.update(changed.evolve(due=ctx.now, modified=ctx.now))
    ctx.notify(DUE, KIND)
    return shown(written)


def _with_removed(old: Params, new: Params) -> Params:
    return {**dict.fromkeys(old), **new}


@lambda_.operation(on=arn_of)
def delete_event_source_mapping(ctx: Context, params: Params) -> Params:
    """Delete a mapping. Raise ResourceNotFound, ResourceInUse while a change is under way."""
    record = load(ctx, params["UUID"])
    _refuse_busy(record)
    written = ctx.tx.update(revise(record, status="Deleting", due=ctx.now, modified=ctx.now))
    ctx.notify(DUE, KIND)
    return shown(written)


def _refuse_busy(record: Record) -> None:
    if record.status not in ("Enabled", "Disabled"):
        raise in_use(
            f"Cannot update the event source mapping because it is in use: its state is {record.status}."
        )


@lambda_.operation
def list_event_source_mappings(ctx: Context, params: Params) -> Params:
    """Return a page of mappings, of a source, of a function, or all."""
    function = names.parse(ctx, params["FunctionName"]).qualified if params.get("FunctionName") else None
    where = [
        (f"doc.spec.{member}", "=", value)
        for member, value in (("EventSourceArn", params.get("EventSourceArn")), ("FunctionArn", function))
        if value
    ]
    limit, after = size(params), position(ctx, params)
    query = Query(where, order="id", after=(after, after) if after else None, limit=limit + 1)
    records = ctx.tx.list(KIND, ctx.scope, query)
    more = {"NextMarker": sign_token(ctx, records[limit - 1].id)} if len(records) > limit else {}
    return {"EventSourceMappings": [shown(record) for record in records[:limit]], **more}
