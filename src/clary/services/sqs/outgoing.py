"""A message that is to be sent: checked, and made ready for the records. Knows no store.

Sources: SendMessage and SendMessageBatch (API reference); sentences as recorded (test_fifo_queue_send_message_with_delay_seconds_fails,
test_message_deduplication_id_invalid, test_send_batch_message_size).
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, NamedTuple

from clary.kernel import AwsError
from clary.plane import Context
from clary.records.api import Message
from clary.services.sqs import message_attributes
from clary.services.sqs.attributes import LONGEST_MESSAGE
from clary.services.sqs.envelope import Content
from clary.services.sqs.errors import invalid, invalid_value, missing
from clary.services.sqs.queue import Queue

Params = dict[str, Any]
_TOKEN = re.compile(r"[A-Za-z0-9!-/:-@\[-`{-~]{1,128}")
_DEDUPLICATION_SECONDS = 300
_TRACE = "AWSTraceHeader"
_NOT_FOR_THIS_TYPE = "The request include parameter that is not valid for this queue type."


class Outgoing(NamedTuple):
    """A message with its sizes and digests."""

    content: Content
    size: int
    delay: int
    key: str
    shown: Params


def check_for_queue(queue: Queue, given: Params) -> None:
    """Raise InvalidParameterValue for what does not fit the type of the queue; one message of a batch fails all."""
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        _check_token(given, name)
    if not queue.fifo:
        if "MessageDeduplicationId" in given:
            reason = "The request includes a parameter that is not valid for this queue type."
            raise invalid_value("MessageDeduplicationId", given["MessageDeduplicationId"], reason)
        return
    if "MessageGroupId" not in given:
        raise missing_group()
    if "MessageDeduplicationId" not in given and not queue.says("ContentBasedDeduplication"):
        said = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
        raise invalid(said)
    if given.get("DelaySeconds"):
        raise invalid_value("DelaySeconds", given["DelaySeconds"], _NOT_FOR_THIS_TYPE)


def missing_group() -> AwsError:
    """Return the error for a message without a group. Its code is not that of other parameters (recorded:
    test_send_batch_missing_message_group_id_for_fifo_queue)."""
    return invalid(missing("MessageGroupId").message)


def _check_token(given: Params, name: str) -> None:
    if name in given and not _TOKEN.fullmatch(given[name]):
        reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        raise invalid_value(name, given[name], reason)


def outgoing(ctx: Context, queue: Queue, given: Params, validated: str = "are invalid") -> Outgoing:
    """Return a message that may be sent. Raise AWS's errors for others; `validated` is how the sentence puts it."""
    body, attributes = given["MessageBody"], given.get("MessageAttributes") or {}
    if not body:
        raise missing("MessageBody")
    message_attributes.check(attributes)
    system = _system(given)
    size = len(body.encode()) + message_attributes.size(attributes)
    _check_body(queue, body, size, validated)
    content = Content(
        body,
        message_attributes.to_json(attributes),
        message_attributes.to_json(system),
        ctx.caller.user_id,
        given.get("MessageGroupId", ""),
        _deduplication(queue, given),
    )
    return Outgoing(
        content, size, _delay(queue, given), _key(queue, content), _shown(body, attributes, system)
    )


def _system(given: Params) -> Params:
    system = given.get("MessageSystemAttributes") or {}
    for name, one in system.items():
        if name != _TRACE:
            raise invalid(f"Message system attribute name '{name}' is invalid.")
        if one.get("DataType") != "String":
            raise invalid(f"The message system attribute '{name}' has an invalid message attribute type.")
    if system:
        message_attributes.check(system)
    return system


def _check_body(queue: Queue, body: str, size: int, validated: str) -> None:
    limit = queue.number("MaximumMessageSize")
    if size > limit:
        raise invalid(
            f"One or more parameters {validated}. Reason: Message must be shorter than {limit} bytes."
        )
    if message_attributes.UNSAYABLE.search(body):
        said = (
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD"
            " | #x10000 to #x10FFFF"
        )
        raise AwsError("InvalidMessageContents", said)


def _delay(queue: Queue, given: Params) -> int:
    """Return the delay in seconds. A FIFO queue has one for all (recorded: ..._with_zero_delay_defaults_to_queue_delay)."""
    delay = given.get("DelaySeconds")
    if delay is None or queue.fifo:
        return queue.number("DelaySeconds")
    if not 0 <= delay <= 900:
        raise invalid_value("DelaySeconds", delay, "DelaySeconds must be >= 0 and <= 900.")
    return delay


def _deduplication(queue: Queue, given: Params) -> str:
    if not queue.fifo:
        return ""
    return given.get("MessageDeduplicationId") or hashlib.sha256(given["MessageBody"].encode()).hexdigest()


def _key(queue: Queue, content: Content) -> str:
    """Return what a second message must not have: of the queue, or of the group in high throughput."""
    from_group = queue.spec.get("DeduplicationScope") == "messageGroup"
    return f"{content.group}\n{content.deduplication}" if from_group else content.deduplication


def _shown(body: str, attributes: Params, system: Params) -> Params:
    shown = {"MD5OfMessageBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()}
    if attributes:
        shown["MD5OfMessageAttributes"] = message_attributes.digest(attributes)
    if system:
        shown["MD5OfMessageSystemAttributes"] = message_attributes.digest(system)
    return shown


def check_total(messages: list[Outgoing]) -> None:
    """Raise BatchRequestTooLong (recorded: test_send_message_batch_with_oversized_contents)."""
    total = sum(one.size for one in messages)
    if total > LONGEST_MESSAGE:
        said = f"Batch requests cannot be longer than {LONGEST_MESSAGE} bytes. You have sent {total} bytes."
        raise AwsError("BatchRequestTooLong", said)


def message_of(queue: Queue, one: Outgoing, id: str, body: bytes, now: float) -> Message:
    """Return what the records are given. A group on a standard queue means no order ("Fair queues", Developer Guide)."""
    group = one.content.group if queue.fifo else ""
    seconds = _DEDUPLICATION_SECONDS if one.key else 0.0
    return Message(id, body, now + one.delay, group, one.key, seconds)
