"""SQS. Queues are named by their URLs, which strangers may know."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World


def url(w: World) -> str:
    """A new queue with a message."""
    made = w.client("sqs").create_queue(QueueName=w.fresh("q"), tags={"note": MARKER})["QueueUrl"]
    w.client("sqs").send_message(QueueUrl=made, MessageBody=MARKER)
    return made


def queue(w: World) -> Params:
    return {"QueueUrl": url(w)}


def the_queue(w: World) -> Params:
    return w.once("queue", queue)


def arn_of(w: World, url: str) -> str:
    asked = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
    return w.client("sqs").get_queue_attributes(**asked)["Attributes"]["QueueArn"]


def dead(w: World) -> Params:
    """A new dead-letter queue, with a message that was sent to it."""
    made = url(w)
    policy = json.dumps({"deadLetterTargetArn": arn_of(w, made), "maxReceiveCount": 1})
    w.client("sqs").create_queue(QueueName=w.fresh("q"), Attributes={"RedrivePolicy": policy})
    return {"SourceArn": arn_of(w, made)}


def task(w: World) -> Params:
    return {"TaskHandle": w.client("sqs").start_message_move_task(**dead(w))["TaskHandle"]}


def labelled(w: World) -> Params:
    given = {**queue(w), "Label": "one"}
    w.client("sqs").add_permission(**given, AWSAccountIds=["000000000000"], Actions=["SendMessage"])
    return given


def received(w: World) -> Params:
    """A new queue and a message that is out, as the members that name them."""
    made = url(w)
    (got,) = w.client("sqs").receive_message(QueueUrl=made)["Messages"]
    return {"QueueUrl": made, "ReceiptHandle": got["ReceiptHandle"]}


def batch(w: World) -> Params:
    given = received(w)
    return {"QueueUrl": given["QueueUrl"], "Entries": [{"Id": "a", "ReceiptHandle": given["ReceiptHandle"]}]}


def with_(make: Callable[[World], Params], **more: object) -> Callable[[World], Params]:
    return lambda w: {**make(w), **more}


def hidden(w: World) -> Params:
    given = batch(w)
    return {**given, "Entries": [{**given["Entries"][0], "VisibilityTimeout": 5}]}


def by_name(w: World) -> Params:
    return {"QueueName": the_queue(w)["QueueUrl"].rpartition("/")[2]}


_ADD = {"Label": "two", "AWSAccountIds": ["000000000000"], "Actions": ["SendMessage"]}
_ENTRY = [{"Id": "a", "MessageBody": "x"}]

CASES = {
    "AddPermission": Case(with_(queue, **_ADD)),
    "CancelMessageMoveTask": Case(task),
    "ChangeMessageVisibility": Case(with_(received, VisibilityTimeout=5)),
    "ChangeMessageVisibilityBatch": Case(hidden, action="ChangeMessageVisibility"),
    "CreateQueue": Case(lambda w: {"QueueName": w.fresh("q")}, Outcome.OWN),
    "DeleteMessage": Case(received),
    "DeleteMessageBatch": Case(batch, action="DeleteMessage"),
    "DeleteQueue": Case(queue),
    "GetQueueAttributes": Case(with_(the_queue, AttributeNames=["All"])),
    "GetQueueUrl": Case(by_name, Outcome.MISSING),
    "ListDeadLetterSourceQueues": Case(the_queue),
    "ListMessageMoveTasks": Case(dead),
    "ListQueueTags": Case(the_queue),
    "ListQueues": Case(lambda w: {}, Outcome.OWN),
    "PurgeQueue": Case(queue),
    "ReceiveMessage": Case(with_(queue, AttributeNames=["All"])),
    "RemovePermission": Case(labelled),
    "SendMessage": Case(with_(the_queue, MessageBody="x")),
    "SendMessageBatch": Case(with_(the_queue, Entries=_ENTRY), action="SendMessage"),
    "SetQueueAttributes": Case(with_(queue, Attributes={"DelaySeconds": "1"})),
    "StartMessageMoveTask": Case(dead),
    "TagQueue": Case(with_(queue, Tags={"a": "b"})),
    "UntagQueue": Case(with_(queue, TagKeys=["note"])),
}
