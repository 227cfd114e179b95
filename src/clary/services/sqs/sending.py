"""SendMessage and SendMessageBatch: durable when they are answered."""

from __future__ import annotations

from collections.abc import Sequence

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.records.api import Sent
from clary.services.sqs import batches, encryption
from clary.services.sqs.meter import Meter
from clary.services.sqs.names import Params, target
from clary.services.sqs.outgoing import Outgoing, check_for_queue, check_total, message_of, outgoing
from clary.services.sqs.queue import Queue, business_now, queue_for
from clary.services.sqs.service import sqs

_ONE = (
    "MessageBody DelaySeconds MessageAttributes MessageSystemAttributes MessageDeduplicationId MessageGroupId"
)
_BATCH = "QueueUrl Entries.Id " + " ".join(f"Entries.{name}" for name in _ONE.split())
_FIRST_NUMBER = 18_000_000_000_000_000_000  # a sequence number has 20 digits


@sqs.operation(on=target, accepts=Members(f"QueueUrl {_ONE}"))
async def send_message(ctx: Context, params: Params) -> Params:
    """Send a message. A duplicate is answered as the first one was, and not kept."""
    queue = await queue_for(ctx, params)
    check_for_queue(queue, params)
    one = outgoing(ctx, queue, params)
    (sent,) = await _send(ctx, queue, [one])
    return _told(queue, one, sent)


@sqs.operation(on=target, action="SendMessage", accepts=Members(_BATCH))
async def send_message_batch(ctx: Context, params: Params) -> Params:
    """Send up to ten messages in one transaction, those that can be sent."""
    entries = params["Entries"]
    batches.check(entries, "SendMessageBatchRequestEntry")
    queue = await queue_for(ctx, params)
    for entry in entries:
        check_for_queue(queue, entry)
    ready, refused = _ready(ctx, queue, entries)
    check_total([one for _, one in ready])
    sent = await _send(ctx, queue, [one for _, one in ready])
    done = [{"Id": id, **_told(queue, one, which)} for (id, one), which in zip(ready, sent, strict=True)]
    return batches.answer(done, refused)


def _ready(
    ctx: Context, queue: Queue, entries: Sequence[Params]
) -> tuple[list[tuple[str, Outgoing]], list[Params]]:
    """Return what can be sent, by id, and the entries of the answer for what cannot."""
    ready: list[tuple[str, Outgoing]] = []
    refused: list[Params] = []
    for entry in entries:
        try:
            ready.append((entry["Id"], outgoing(ctx, queue, entry, "cannot be validated")))
        except AwsError as error:
            refused.append(batches.failed(entry["Id"], error))
    return ready, refused


async def _send(ctx: Context, queue: Queue, those: list[Outgoing]) -> list[Sent]:
    if not those:
        return []
    bodies = await encryption.seal(ctx, queue, [one.content for one in those])
    now = business_now(ctx.platform)
    messages = [
        message_of(queue, one, ctx.platform.ids.uuid(), body, now)
        for one, body in zip(those, bodies, strict=True)
    ]
    sent = await ctx.platform.records.run(lambda tx: tx.send(queue.id, messages, now), write=True)
    ctx.platform.signals.notify(queue.topic)
    Meter.of(ctx.platform).sent(queue, [one.size for one in those])
    return sent


def _told(queue: Queue, one: Outgoing, sent: Sent) -> Params:
    told = {"MessageId": sent.id, **one.shown}
    return told | ({"SequenceNumber": sequence_number(sent.number)} if queue.fifo else {})


def sequence_number(number: int) -> str:
    """Return a message's number as a FIFO queue shows it."""
    return str(_FIRST_NUMBER + number)
