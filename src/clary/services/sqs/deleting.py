"""DeleteMessage and DeleteMessageBatch."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.records.api import Records
from clary.services.sqs import batches
from clary.services.sqs.errors import invalid_value
from clary.services.sqs.meter import Meter
from clary.services.sqs.names import Params, target
from clary.services.sqs.queue import Queue, business_now, queue_for
from clary.services.sqs.receipts import receipt_in
from clary.services.sqs.service import sqs

_EXPIRED = "The receipt handle has expired."


@sqs.operation(on=target, accepts=Members("QueueUrl ReceiptHandle"))
async def delete_message(ctx: Context, params: Params) -> Params:
    """Delete a message. An older receipt handle than its newest deletes nothing, and a message may be gone already: both
    succeed ("the request succeeds, but the message might not be deleted")."""
    queue = await queue_for(ctx, params)
    (refusal,) = await _delete(ctx, queue, [params["ReceiptHandle"]])
    if refusal is not None:
        raise refusal
    return {}


@sqs.operation(
    on=target, action="DeleteMessage", accepts=Members("QueueUrl Entries.Id Entries.ReceiptHandle")
)
async def delete_message_batch(ctx: Context, params: Params) -> Params:
    """Delete up to ten messages in one transaction."""
    entries = params["Entries"]
    batches.check(entries, "DeleteMessageBatchRequestEntry")
    queue = await queue_for(ctx, params)
    refusals = await _delete(ctx, queue, [entry["ReceiptHandle"] for entry in entries])
    pairs = list(zip(entries, refusals, strict=True))
    done = [{"Id": entry["Id"]} for entry, refusal in pairs if refusal is None]
    return batches.answer(done, [batches.failed(entry["Id"], error) for entry, error in pairs if error])


async def _delete(ctx: Context, queue: Queue, handles: list[str]) -> list[AwsError | None]:
    """Return for each message why it cannot be deleted, None for those that are."""
    now = business_now(ctx.platform)

    def work(tx: Records) -> list[AwsError | None]:
        return [_deleted(tx, queue, handle, now) for handle in handles]

    refusals = await ctx.platform.records.run(work, write=True)
    Meter.of(ctx.platform).deleted(queue, refusals.count(None))
    if queue.fifo:  # the next message of the group may be received
        ctx.platform.signals.notify(queue.topic)
    return refusals


def _deleted(tx: Records, queue: Queue, handle: str, now: float) -> AwsError | None:
    try:
        receipt = receipt_in(queue, handle).text
        found = tx.out(queue.id, receipt) if queue.fifo else None
        if (
            found is not None and found.visible <= now
        ):  # recorded: test_fifo_delete_message_with_expired_receipt_handle
            raise invalid_value("ReceiptHandle", handle, _EXPIRED)
        tx.delete(queue.id, [receipt])
    except AwsError as error:
        return error
    return None
