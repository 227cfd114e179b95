"""What ReceiveMessage shows of a message."""

from __future__ import annotations

import hashlib
from typing import Any

from clary.plane import Context
from clary.records.api import Delivery
from clary.services.sqs import message_attributes
from clary.services.sqs.envelope import Content
from clary.services.sqs.errors import unknown_attribute
from clary.services.sqs.queue import Queue
from clary.services.sqs.receipts import handle_of
from clary.services.sqs.sending import sequence_number

Params = dict[str, Any]
_SYSTEM = (
    "All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SequenceNumber",
    "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn",
)  # fmt: skip


def check_names(params: Params) -> None:
    """Raise InvalidAttributeName for a system attribute that there is not."""
    for name in _names(params):
        if name not in _SYSTEM:
            raise unknown_attribute(name)


def _names(params: Params) -> set[str]:
    return {*(params.get("AttributeNames") or ()), *(params.get("MessageSystemAttributeNames") or ())}


def shown(
    ctx: Context, queue: Queue, one: Delivery, at: float, origin: str, content: Content, params: Params
) -> Params:
    """Return a message with the attributes that the request names. `at` is when it was received."""
    said: Params = {
        "MessageId": one.id,
        "ReceiptHandle": handle_of(queue, one.receipt, at),
        "MD5OfBody": hashlib.md5(content.body.encode(), usedforsecurity=False).hexdigest(),
        "Body": content.body,
    }
    names = _names(params)
    system = _system(ctx, queue, one, origin, content) if names else {}
    if named := {name: value for name, value in system.items() if name in names or "All" in names}:
        said["Attributes"] = named
    kept = message_attributes.chosen(content.attributes, params.get("MessageAttributeNames") or ())
    if kept:
        attributes = message_attributes.from_json(kept)
        said |= {
            "MD5OfMessageAttributes": message_attributes.digest(attributes),
            "MessageAttributes": attributes,
        }
    return said


def _system(ctx: Context, queue: Queue, one: Delivery, origin: str, content: Content) -> Params:
    said = {
        "SenderId": content.sender,
        "SentTimestamp": _milliseconds(ctx, one.sent),
        "ApproximateReceiveCount": str(one.receives),
        "ApproximateFirstReceiveTimestamp": _milliseconds(ctx, one.first_received),
        "SequenceNumber": sequence_number(one.number) if queue.fifo else "",
        "MessageDeduplicationId": content.deduplication,
        "MessageGroupId": content.group,
        "DeadLetterQueueSourceArn": ""
        if origin == queue.name
        else queue.place._replace(name=origin).arn(ctx.partition),
    }
    said |= {name: value for name, (_, value) in content.system.items()}
    return {name: value for name, value in said.items() if value}


def _milliseconds(ctx: Context, moment: float) -> str:
    """Return a moment of business time as the machine's clock told it: what happened is dated by that."""
    return str(round(ctx.platform.clock.timeline.machine(moment) * 1000))
