"""FIFO queues: order, groups, duplicates. Source: "FIFO queue delivery logic" and "FIFO queue key terms" (Developer Guide)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from tests.services.sqs.conftest import Make, error

Bodies = Callable[..., list[str]]


@pytest.fixture
def send(sqs: Any) -> Callable[..., dict[str, Any]]:
    """`send(url, "body", "group", "key")`."""

    def one(url: str, body: str, group: str, key: str = "") -> dict[str, Any]:
        more = {"MessageDeduplicationId": key} if key else {}
        return sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **more)

    return one


def test_groups_are_in_order(sqs: Any, make: Make, send: Any, bodies: Bodies) -> None:
    """A group waits while a message of it is out; others do not. localstack/localstack#7529."""
    url = make("q.fifo", ContentBasedDeduplication="true")
    numbers = [int(send(url, body, body[0])["SequenceNumber"]) for body in ("a1", "a2", "b1", "a3")]
    assert numbers == sorted(set(numbers))
    assert all(len(str(number)) == 20 for number in numbers)
    (got,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert got["Body"] == "a1"
    assert got["Attributes"]["MessageGroupId"] == "a"
    assert got["Attributes"]["SequenceNumber"] == str(numbers[0])
    assert len(got["Attributes"]["MessageDeduplicationId"]) == 64
    assert bodies(url) == ["b1"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    assert bodies(url) == ["a2", "a3"]


def test_a_duplicate_within_five_minutes(
    sqs: Any, make: Make, send: Any, bodies: Bodies, move: Callable[[float], None]
) -> None:
    """Also of a deleted message, and in another group (recorded: test_fifo_deduplication_arrives_once_after_delete,
    test_fifo_deduplication_not_on_message_group_id; localstack/localstack#8146)."""
    url = make("q.fifo")
    first = send(url, "one", "g", "k")
    (got,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    again = send(url, "two", "other", "k")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert bodies(url) == []
    move(300)
    assert send(url, "two", "other", "k")["MessageId"] != first["MessageId"]
    assert bodies(url) == ["two"]


def test_duplicates_by_group(make: Make, send: Any, bodies: Bodies) -> None:
    """Recorded: test_fifo_high_throughput_ordering; localstack/localstack#10460."""
    url = make("q.fifo", DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    for group in ("a", "b", "a"):
        send(url, group, group, "k")
    assert sorted(bodies(url)) == ["a", "b"]


def test_what_a_fifo_queue_asks_for(sqs: Any, make: Make) -> None:
    """Recorded: test_send_batch_missing_deduplication_id_for_fifo_queue, ..._missing_message_group_id_...,
    test_fifo_queue_send_message_with_delay_seconds_fails, test_message_deduplication_id_invalid."""
    url = make("q.fifo")
    given: dict[str, Any] = {"QueueUrl": url, "MessageBody": "x"}
    said = error(sqs.send_message, **given)
    assert (said["Code"], said["Message"]) == (
        "InvalidParameterValue", "The request must contain the parameter MessageGroupId.",
    )  # fmt: skip
    said = error(sqs.send_message, **given, MessageGroupId="g")
    assert said["Message"] == (
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )
    said = error(sqs.send_message, **given, MessageGroupId="g", MessageDeduplicationId="k", DelaySeconds=2)
    assert said["Message"] == (
        "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this"
        " queue type."
    )
    said = error(sqs.send_message, **given, MessageGroupId="g", MessageDeduplicationId="")
    assert said["Message"].startswith("Value  for parameter MessageDeduplicationId is invalid.")
    entries = [{"Id": "1", "MessageBody": "x", "MessageGroupId": "g"}]
    assert error(sqs.send_message_batch, QueueUrl=url, Entries=entries)["Code"] == "InvalidParameterValue"


def test_a_delay_of_zero_is_the_queues(make: Make, sqs: Any, bodies: Bodies, clock: FakeClock) -> None:
    """Recorded: test_fifo_queue_send_message_with_zero_delay_defaults_to_queue_delay."""
    url = make("q.fifo", DelaySeconds="2")
    sqs.send_message(
        QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="k", DelaySeconds=0
    )
    assert bodies(url) == []
    clock.advance(3)
    assert bodies(url) == ["x"]


def test_a_handle_that_has_expired(sqs: Any, make: Make, send: Any, bodies: Bodies, clock: FakeClock) -> None:
    """Unlike on a standard queue (test_delete_after_visibility_timeout, test_fifo_delete_message_with_expired_receipt_handle)."""
    fifo, standard = make("q.fifo"), make("q")
    send(fifo, "x", "g", "k")
    sqs.send_message(QueueUrl=standard, MessageBody="x")
    handles = {
        url: sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"] for url in (fifo, standard)
    }
    clock.advance(31)
    with pytest.raises(ClientError, match=r"Reason: The receipt handle has expired\."):
        sqs.delete_message(QueueUrl=fifo, ReceiptHandle=handles[fifo])
    sqs.delete_message(QueueUrl=standard, ReceiptHandle=handles[standard])
    assert (bodies(fifo), bodies(standard)) == (["x"], [])


def test_a_second_attempt_gets_the_same(sqs: Any, make: Make, send: Any, clock: FakeClock) -> None:
    """ReceiveRequestAttemptId: "you can retry the same receive request … the same set of messages"."""
    url = make("q.fifo")
    for number in range(3):
        send(url, str(number), "g", str(number))
    ask = {"QueueUrl": url, "MaxNumberOfMessages": 2, "ReceiveRequestAttemptId": "a"}

    def handles(**given: Any) -> list[str]:
        return [one["MessageId"] for one in sqs.receive_message(**given).get("Messages", [])]

    first = handles(**ask)
    assert len(first) == 2
    assert handles(**ask) == first
    assert handles(**ask | {"ReceiveRequestAttemptId": "b"}) == []
    clock.advance(31)
    assert handles(**ask) == first, "they are visible again, so this is a new attempt"
    (got, *_) = sqs.receive_message(**ask)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    assert handles(**ask) == []
