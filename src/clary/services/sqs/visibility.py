"""ChangeMessageVisibility and ChangeMessageVisibilityBatch."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.records.api import Records
from clary.services.sqs import batches
from clary.services.sqs.errors import invalid_value, not_in_flight
from clary.services.sqs.names import Params, target
from clary.services.sqs.queue import Queue, business_now, queue_for
from clary.services.sqs.receipts import receipt_in
from clary.services.sqs.service import sqs

_LONGEST = 43_200  # seconds from when a message was received
_GONE = "Message does not exist or is not available for visibility timeout change."


@sqs.operation(on=target, accepts=Members("QueueUrl ReceiptHandle VisibilityTimeout"))
async def change_message_visibility(ctx: Context, params: Params) -> Params:
    """Let a message be hidden for so many seconds from now. Raise MessageNotInflight where it is not hidden."""
    queue = await queue_for(ctx, params)
    (refusal,) = await _change(ctx, queue, [params])
    if refusal is not None:
        raise refusal
    return {}


@sqs.operation(
    on=target,
    action="ChangeMessageVisibility",
    accepts=Members("QueueUrl Entries.Id Entries.ReceiptHandle Entries.VisibilityTimeout"),
)
async def change_message_visibility_batch(ctx: Context, params: Params) -> Params:
    """Do that for up to ten messages in one transaction."""
    entries = params["Entries"]
    batches.check(entries, "ChangeMessageVisibilityBatchRequestEntry")
    queue = await queue_for(ctx, params)
    pairs = list(zip(entries, await _change(ctx, queue, entries), strict=True))
    done = [{"Id": entry["Id"]} for entry, refusal in pairs if refusal is None]
    return batches.answer(done, [batches.failed(entry["Id"], error) for entry, error in pairs if error])


async def _change(ctx: Context, queue: Queue, entries: list[Params]) -> list[AwsError | None]:
    now = business_now(ctx.platform)

    def work(tx: Records) -> list[AwsError | None]:
        return [_changed(tx, queue, entry, now) for entry in entries]

    refusals = await ctx.platform.records.run(work, write=True)
    ctx.platform.signals.notify(queue.topic)
    return refusals


def _changed(tx: Records, queue: Queue, entry: Params, now: float) -> AwsError | None:
    try:
        _hide(tx, queue, entry["ReceiptHandle"], entry.get("VisibilityTimeout", 0), now)
    except AwsError as error:
        return error
    return None


def _hide(tx: Records, queue: Queue, handle: str, seconds: int, now: float) -> None:
    if not 0 <= seconds <= _LONGEST:
        raise invalid_value("VisibilityTimeout", seconds, f"Must be between 0 and {_LONGEST}, if provided.")
    receipt = receipt_in(queue, handle)
    found = tx.out(queue.id, receipt.text)
    if found is None:
        raise invalid_value("ReceiptHandle", handle, _GONE)
    if found.visible <= now:
        raise not_in_flight()
    if now + seconds > receipt.received + _LONGEST:
        said = f"Total VisibilityTimeout for the message is beyond the limit [{_LONGEST} seconds]"
        raise invalid_value("VisibilityTimeout", seconds, said)
    tx.hide(queue.id, receipt.text, now + seconds)
