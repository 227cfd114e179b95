"""GetQueueAttributes and SetQueueAttributes."""

from __future__ import annotations

import asyncio

from clary.plane import Context, Members, Record, revise
from clary.records.api import Counts
from clary.services.sqs import attributes
from clary.services.sqs.errors import no_queue, unknown_attribute
from clary.services.sqs.names import Params, find, is_fifo, load, place_of, target
from clary.services.sqs.queue import Queue, business_now, queue_of
from clary.services.sqs.redrive import check_redrive, parent_of
from clary.services.sqs.retention import expire
from clary.services.sqs.service import sqs


@sqs.operation(on=target, accepts=Members("QueueUrl Attributes"))
def set_queue_attributes(ctx: Context, params: Params) -> Params:
    """Set attributes; an empty text takes one away (recorded: test_set_empty_redrive_policy)."""
    record = load(ctx, params)
    given = params["Attributes"]
    attributes.check(given, is_fifo(record.id))
    check_redrive(ctx.tx, record, given)
    merged = attributes.merged(record.spec, given)
    gone = {name: None for name in record.spec if name not in merged}
    ctx.tx.update(changed(ctx, record, merged | gone).evolve(parent=parent_of(merged)))
    return {}


def changed(ctx: Context, record: Record, spec: Params) -> Record:
    """Return a queue with these attributes; None removes one."""
    return revise(record, spec=spec, observed={"LastModified": ctx.now}, modified=ctx.now)


@sqs.operation(on=target)
async def get_queue_attributes(ctx: Context, params: Params) -> Params:
    """Return the attributes that are asked for; none for no names. Messages are counted beside the event loop."""
    place = place_of(ctx, params)
    record, queue = await ctx.transact(lambda tx: _found(find(tx, place), tx))
    wanted = set(params.get("AttributeNames") or ())
    if unknown := wanted - {*attributes.KNOWN, "All"}:
        raise unknown_attribute(min(unknown))
    names = set(attributes.KNOWN) if "All" in wanted else wanted
    said = _described(record)
    if names & set(attributes.COUNTED):
        counts = await _counts(ctx, queue)
        said |= {name: str(number) for name, number in zip(attributes.COUNTED, counts, strict=True)}
    shown = {name: value for name, value in said.items() if name in names}
    return {"Attributes": shown} if shown else {}


def _found(record: Record | None, tx: object) -> tuple[Record, Queue]:
    if record is None:
        raise no_queue()
    return record, queue_of(tx, record)  # type: ignore[arg-type]


def _described(record: Record) -> dict[str, str]:
    return attributes.shown(record.spec, is_fifo(record.id)) | {
        "CreatedTimestamp": str(int(record.created)),
        "LastModifiedTimestamp": str(int(record.observed["LastModified"])),
        "QueueArn": record.arn,
    }


async def _counts(ctx: Context, queue: Queue) -> Counts:
    await expire(ctx.platform, queue)
    return await asyncio.to_thread(count, ctx, queue)


def count(ctx: Context, queue: Queue) -> Counts:
    """Return how many messages there are, in this thread."""
    with ctx.platform.records.read() as tx:
        return tx.counts(queue.id, business_now(ctx.platform))
