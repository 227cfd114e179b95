"""Publish and PublishBatch: durable when they are answered."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from clary.kernel import AwsError
from clary.plane import Context, Members, Record
from clary.records.api import Message, Records
from clary.services.sns import backlog, message_attributes
from clary.services.sns.errors import absent, invalid, no_topic
from clary.services.sns.filter_policies import matches_attributes, matches_body, parse
from clary.services.sns.names import FIFO, SUBSCRIPTION, Params, find_topic, parsed
from clary.services.sns.service import sns
from clary.services.sns.subscription_attributes import dead_letters
from clary.services.sns.topics import subscriptions_of
from clary.store.api import Tx

_LONGEST = 256 * 1024
_MOST = 10
_SECONDS = 300  # in which a second message with the same id is a duplicate
_FIRST_NUMBER = 10_000_000_000_000_000_000
_PAGE = 1000
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_TOKEN = re.compile(r"[A-Za-z0-9!-/:-@\[-`{-~]{1,128}")
_ONE = "Message Subject MessageStructure MessageAttributes MessageDeduplicationId MessageGroupId"
_ENTRIES = " ".join(f"PublishBatchRequestEntries.{name}" for name in f"Id {_ONE}".split())


class Topic(NamedTuple):
    """A topic with its subscriptions."""

    record: Record
    subscriptions: list[Record]

    @property
    def fifo(self) -> bool:
        return self.record.id.endswith(FIFO)


class Outgoing(NamedTuple):
    """A message that may be published: what is delivered to queues, and what its subscriptions are filtered by."""

    id: str
    message: str
    given: Params
    size: int
    key: str


def _target(ctx: Context, params: Params) -> list[str]:
    return [params.get("TopicArn") or params.get("TargetArn") or "*"]


@sns.operation(on=_target, accepts=Members(f"TopicArn TargetArn {_ONE}", refused="PhoneNumber"))
async def publish(ctx: Context, params: Params) -> Params:
    """Publish a message. A duplicate on a FIFO topic is answered as the first one was."""
    if params.get("PhoneNumber"):
        raise absent("Publish", "PhoneNumber")
    arn = params.get("TopicArn") or params.get("TargetArn")
    if not arn:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if ":endpoint/" in arn:
        raise absent("Publish", "an endpoint of a platform application")
    topic = await _topic(ctx, arn)
    (told,) = await _publish(ctx, topic, [_outgoing(ctx, topic, params)])
    return told


@sns.operation(on=_target, action="Publish", accepts=Members(f"TopicArn {_ENTRIES}"))
async def publish_batch(ctx: Context, params: Params) -> Params:
    """Publish up to ten messages in one transaction, those that can be published."""
    entries = params["PublishBatchRequestEntries"]
    topic = await _topic(ctx, params["TopicArn"])
    _check_ids(entries)
    ready: list[tuple[str, Outgoing]] = []
    refused: list[Params] = []
    for entry in entries:
        try:
            ready.append((entry["Id"], _outgoing(ctx, topic, entry)))
        except AwsError as error:
            said = {"Code": error.code, "Message": error.message, "SenderFault": True}
            refused.append({"Id": entry["Id"], **said})
    if sum(one.size for _, one in ready) > _LONGEST:
        raise AwsError(
            "BatchRequestTooLong", "The length of all the messages put together is more than the limit."
        )
    told = await _publish(ctx, topic, [one for _, one in ready])
    done = [{"Id": id, **said} for (id, _), said in zip(ready, told, strict=True)]
    return {"Successful": done, "Failed": refused}


def _check_ids(entries: Sequence[Params]) -> None:
    if not entries:
        raise AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > _MOST:
        raise AwsError(
            "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."
        )
    ids = [entry["Id"] for entry in entries]
    if not all(_ID.fullmatch(id) for id in ids):
        raise AwsError(
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        )
    if len(set(ids)) < len(ids):
        raise AwsError(
            "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."
        )


async def _topic(ctx: Context, arn: str) -> Topic:
    parsed(ctx, arn)
    return await ctx.transact(lambda tx: _load(tx, arn))


def _load(tx: Tx, arn: str) -> Topic:
    record = find_topic(tx, arn)
    if record is None:
        raise no_topic()
    found: list[Record] = []
    while page := subscriptions_of(tx, arn, found[-1].id if found else "", _PAGE):
        found += [one for one in page if one.kind == SUBSCRIPTION.kind]
    return Topic(record, found)


def _outgoing(ctx: Context, topic: Topic, given: Params) -> Outgoing:
    """Return a message that may be published. Raise InvalidParameter and ParameterValueInvalid."""
    attributes = given.get("MessageAttributes") or {}
    message = given["Message"]
    if not message:
        raise invalid("Empty message")
    _check_subject(given)
    message_attributes.check(attributes)
    size = len(message.encode()) + message_attributes.size(attributes)
    if size > _LONGEST:
        raise invalid("Message too long")
    return Outgoing(ctx.platform.ids.uuid(), _for_queues(given), given, size, _key(topic, given))


def _check_subject(given: Params) -> None:
    """Raise InvalidParameter (recorded: test_publish_with_empty_subject; "must be … less than 100 characters")."""
    subject = given.get("Subject")
    if subject is not None and (not 0 < len(subject) <= 100 or "\n" in subject or "\r" in subject):
        raise invalid("Subject")


def _for_queues(given: Params) -> str:
    """Return what queues get. Raise InvalidParameter (recorded: test_message_structure_json_exc)."""
    structure = given.get("MessageStructure")
    if structure is None:
        return given["Message"]
    if structure != "json":
        raise invalid("MessageStructure")
    try:
        said = json.loads(given["Message"])
    except (ValueError, RecursionError):
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(said, dict) or not isinstance(said.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    return said["sqs"] if isinstance(said.get("sqs"), str) else said["default"]


def _key(topic: Topic, given: Params) -> str:
    """Return what a second message must not have, '' on a standard topic. Raise InvalidParameter."""
    group, id = given.get("MessageGroupId"), given.get("MessageDeduplicationId")
    if not topic.fifo:
        if id is not None:
            raise invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not"
                          " valid for this topic type")  # fmt: skip
        return ""
    if not group or not _TOKEN.fullmatch(group):
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if id is not None and not _TOKEN.fullmatch(id):
        raise invalid("MessageDeduplicationId")
    if id is None and topic.record.spec.get("ContentBasedDeduplication") != "true":
        raise invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided"
                      " explicitly")  # fmt: skip
    id = id or deduplication_of(given)
    return f"{group}\n{id}" if topic.record.spec.get("FifoThroughputScope") == "MessageGroup" else id


def deduplication_of(given: Params) -> str:
    return given.get("MessageDeduplicationId") or hashlib.sha256(given["Message"].encode()).hexdigest()


async def _publish(ctx: Context, topic: Topic, those: list[Outgoing]) -> list[Params]:
    if not those:
        return []
    now = ctx.business.now
    told = await ctx.platform.records.run(
        lambda tx: [_add(ctx, tx, topic, one, now) for one in those], write=True
    )
    ctx.platform.signals.notify(backlog.TOPIC)
    return told


def _add(ctx: Context, tx: Records, topic: Topic, one: Outgoing, now: float) -> Params:
    number = ""
    if topic.fifo:
        beside = topic.record.private["topic"]  # a queue in which only the keys are of interest
        (first,) = tx.send(beside, [Message(one.id, b"", key=one.key, key_seconds=_SECONDS)], now)
        number = str(_FIRST_NUMBER + first.number)
        if first.duplicate:
            return {"MessageId": first.id, "SequenceNumber": number}
        tx.purge(beside, first.number)
    backlog.add(
        tx, [_delivery(ctx, topic, to, one, number) for to in topic.subscriptions if _wants(to, one)], now
    )
    return {"MessageId": one.id, **({"SequenceNumber": number} if number else {})}


def _wants(subscription: Record, one: Outgoing) -> bool:
    text = subscription.spec.get("FilterPolicy")
    if not text:
        return True
    of_body = subscription.spec.get("FilterPolicyScope") == "MessageBody"
    policy = parse(text, of_body)
    if of_body:
        return matches_body(policy, one.message)
    return matches_attributes(policy, one.given.get("MessageAttributes") or {})


def _delivery(ctx: Context, topic: Topic, to: Record, one: Outgoing, number: str) -> backlog.Delivery:
    given = one.given
    return backlog.Delivery(
        topic=topic.record.arn,
        subscription=to.arn,
        endpoint=to.spec["Endpoint"],
        raw=to.spec.get("RawMessageDelivery") == "true",
        dead=dead_letters(to.spec.get("RedrivePolicy", "")),
        message_id=one.id,
        message=one.message,
        at=ctx.now,
        version=topic.record.spec.get("SignatureVersion", "1"),
        subject=given.get("Subject", ""),
        attributes=message_attributes.to_json(given.get("MessageAttributes") or {}),
        group=given.get("MessageGroupId", ""),
        deduplication=deduplication_of(given) if topic.fifo else "",
        number=number,
    )
