"""Dead-letter queues and move tasks. Source: "Using dead-letter queues in Amazon SQS" (Developer Guide); recorded/sqs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.services.sqs.moving import move_once
from tests.inprocess import Loop
from tests.services.sqs.conftest import Make, attributes, error

Bodies = Callable[..., list[str]]
Tell = Callable[[str], str]


def redrive(arn: str, receives: int = 1) -> str:
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})


@pytest.fixture
def pair(make: Make, arn: Tell) -> tuple[str, str]:
    """A queue, and its dead-letter queue."""
    dead = make("dead")
    return make("q", RedrivePolicy=redrive(arn(dead)), VisibilityTimeout="0"), dead


def bury(sqs: Any, bodies: Bodies, url: str, *those: str) -> None:
    """Let messages be received once, and not once more."""
    for body in those:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert sorted(bodies(url)) == sorted(those)
    assert bodies(url) == []


def test_a_message_that_nobody_deletes(sqs: Any, pair: tuple[str, str], bodies: Bodies, arn: Tell) -> None:
    """Recorded: test_dead_letter_queue_message_attributes."""
    url, dead = pair
    foo = {"MyAttribute": {"DataType": "String", "StringValue": "foobar"}}
    id = sqs.send_message(QueueUrl=url, MessageBody="message-1", MessageAttributes=foo)["MessageId"]
    assert bodies(url) == ["message-1"]
    assert bodies(url) == []
    (got,) = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"], MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert got["MessageId"] == id
    assert got["MessageAttributes"] == foo
    assert got["MD5OfMessageAttributes"] == "adb59cd4678ea5a855436b949cd07ab6"
    assert got["Attributes"]["DeadLetterQueueSourceArn"] == arn(url)
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    assert sqs.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"] == []


def test_policies_that_cannot_be(sqs: Any, make: Make, arn: Tell) -> None:
    url, fifo = make("q"), make("q.fifo")
    closed = make("closed", RedriveAllowPolicy='{"redrivePermission": "denyAll"}')
    open_to = {"redrivePermission": "byQueue", "sourceQueueArns": [arn(url)]}
    picky = make("picky", RedriveAllowPolicy=json.dumps(open_to))

    def refused(policy: str, queue: str = url) -> str:
        said = error(sqs.set_queue_attributes, QueueUrl=queue, Attributes={"RedrivePolicy": policy})
        assert said["Code"] == "InvalidParameterValue"
        return said["Message"]

    assert "Dead letter target does not exist" in refused(redrive(arn(url).replace(":q", ":none")))
    assert "same account and region" in refused(redrive("arn:aws:sqs:us-west-2:111122223333:q"))
    assert "same type of queue" in refused(redrive(arn(fifo)))
    assert "valid values are from 1 to 1000" in refused(redrive(arn(url), 1001))
    assert "mandatory attribute: maxReceiveCount" in refused(json.dumps({"deadLetterTargetArn": arn(url)}))
    assert "permission" in refused(redrive(arn(closed)))
    assert "permission" in refused(redrive(arn(picky)), make("third"))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive(arn(picky))})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in attributes(sqs, url)  # recorded: test_set_empty_redrive_policy


def test_without_its_dead_letter_queue_messages_stay(sqs: Any, pair: tuple[str, str], bodies: Bodies) -> None:
    url, dead = pair
    sqs.delete_queue(QueueUrl=dead)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert [bodies(url) for _ in range(3)] == [["x"]] * 3


def test_back_to_where_they_came_from(
    sqs: Any, pair: tuple[str, str], bodies: Bodies, arn: Tell, platform: Platform, loop: Loop
) -> None:
    """Recorded: test_move_task_workflow_with_default_destination."""
    url, dead = pair
    bury(sqs, bodies, url, "a", "b")
    task = sqs.start_message_move_task(SourceArn=arn(dead))["TaskHandle"]
    (listed,) = sqs.list_message_move_tasks(SourceArn=arn(dead))["Results"]
    assert (listed["TaskHandle"], listed["Status"]) == (task, "RUNNING")
    with pytest.raises(ClientError, match="There is already a task running"):
        sqs.start_message_move_task(SourceArn=arn(dead))
    while loop.run(move_once(platform)):
        pass
    (listed,) = sqs.list_message_move_tasks(SourceArn=arn(dead))["Results"]
    assert listed.pop("StartedTimestamp")
    assert listed == {
        "Status": "COMPLETED",
        "SourceArn": arn(dead),
        "ApproximateNumberOfMessagesMoved": 2,
        "ApproximateNumberOfMessagesToMove": 2,
    }
    assert bodies(dead) == []
    assert sorted(bodies(url)) == ["a", "b"]


def test_a_task_is_cancelled(
    sqs: Any, make: Make, pair: tuple[str, str], bodies: Bodies, arn: Tell, platform: Platform, loop: Loop
) -> None:
    """Recorded: test_move_task_cancel."""
    url, dead = pair
    other = make("other")
    bury(sqs, bodies, url, "a", "b", "c")
    asked = {"SourceArn": arn(dead), "DestinationArn": arn(other), "MaxNumberOfMessagesPerSecond": 2}
    task = sqs.start_message_move_task(**asked)["TaskHandle"]
    assert loop.run(move_once(platform))
    assert sqs.cancel_message_move_task(TaskHandle=task)["ApproximateNumberOfMessagesMoved"] == 2
    assert not loop.run(move_once(platform))
    (listed,) = sqs.list_message_move_tasks(SourceArn=arn(dead))["Results"]
    assert (listed["Status"], listed["DestinationArn"], listed["MaxNumberOfMessagesPerSecond"]) == (
        "CANCELLED", arn(other), 2,
    )  # fmt: skip
    assert "TaskHandle" not in listed
    assert (len(bodies(other)), len(bodies(dead))) == (2, 1)
    with pytest.raises(ClientError, match="Task does not exist"):
        sqs.cancel_message_move_task(TaskHandle=task)


def test_tasks_that_cannot_be(sqs: Any, pair: tuple[str, str], arn: Tell) -> None:
    """Recorded: test_cancel_with_invalid_task_handle, test_destination_needs_to_exist."""
    url, dead = pair
    said = error(sqs.cancel_message_move_task, TaskHandle="x")
    assert (said["Code"], said["Message"]) == (
        "InvalidParameterValue", "Value for parameter TaskHandle is invalid.",
    )  # fmt: skip
    with pytest.raises(ClientError) as caught:
        sqs.start_message_move_task(SourceArn=arn(dead), DestinationArn=arn(dead) + "x")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert caught.value.response["Error"]["Message"] == (
        "The resource that you specified for the DestinationArn parameter doesn't exist."
    )
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=arn(url))


def test_a_task_that_fails_moves_nothing(
    sqs: Any,
    pair: tuple[str, str],
    bodies: Bodies,
    arn: Tell,
    platform: Platform,
    loop: Loop,
    clock: FakeClock,
) -> None:
    _, dead = pair
    sqs.send_message(QueueUrl=dead, MessageBody="from nowhere")
    sqs.start_message_move_task(SourceArn=arn(dead))
    loop.run(move_once(platform))
    (listed,) = sqs.list_message_move_tasks(SourceArn=arn(dead))["Results"]
    assert (listed["Status"], listed["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert bodies(dead) == ["from nowhere"]
