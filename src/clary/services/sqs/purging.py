"""PurgeQueue: all messages that were there when it was called are deleted.

The queue's record says through which one. What the process does not finish because it is killed, the sweep does.
"""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Members, Record, revise
from clary.plane.port import Plane
from clary.services.sqs.names import Params, Place, find, place_of, target
from clary.services.sqs.queue import queue_for, queue_in
from clary.services.sqs.service import sqs
from clary.store.api import Tx

_EVERY = 60  # seconds
_AT_ONCE = 5000


@sqs.operation(on=target, accepts=Members("QueueUrl"))
async def purge_queue(ctx: Context, params: Params) -> Params:
    """Delete all messages. Raise PurgeQueueInProgress within a minute (recorded: test_successive_purge_calls_fail)."""
    place = place_of(ctx, params)
    queue = await queue_for(ctx, params)
    through = await ctx.platform.records.run(lambda tx: tx.last(queue.id), write=False)
    await ctx.transact(lambda tx: _mark(ctx, tx, place, through), write=True)
    await purge(ctx.platform, place, queue.id, through)
    return {}


def _mark(ctx: Context, tx: Tx, place: Place, through: int) -> None:
    queue_in(tx, place)
    record = find(tx, place)
    assert record is not None
    before = record.private.get("purged")
    if before is not None and ctx.business.now < before + _EVERY:
        said = f"Only one PurgeQueue operation on {place.name} is allowed every 60 seconds."
        raise AwsError("PurgeQueueInProgress", said, 403)
    tx.update(revise(record, private={"purged": ctx.business.now, "purging": through}))


async def purge(platform: Plane, place: Place, queue: str, through: int) -> None:
    """Delete messages up to this one, a part at a time, and say that it is done."""
    while await platform.records.run(lambda tx: tx.purge(queue, through, _AT_ONCE), write=True) == _AT_ONCE:
        pass
    await platform.store.run(lambda tx: _done(tx, place, queue, through), write=True)


def _done(tx: Tx, place: Place, queue: str, through: int) -> None:
    record: Record | None = find(tx, place)
    if record is not None and record.private["queue"] == queue and record.private.get("purging") == through:
        tx.update(revise(record, private={"purging": None}))
