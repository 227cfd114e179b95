"""Messages of standard queues. Source: the API reference; sentences as recorded (recorded/sqs/test_sqs.json)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.services.sqs import in_flight
from tests.services.sqs.conftest import Make, attributes, error

Bodies = Callable[..., list[str]]
FOO = {"Foo": {"DataType": "String", "StringValue": "Bar"}}


def test_sent_received_deleted(sqs: Any, make: Make, bodies: Bodies, clock: FakeClock) -> None:
    url = make("one")
    sent = sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes=FOO)
    # Recorded: test_receive_message_attribute_names_filters.
    assert sent["MD5OfMessageBody"] == "6e2baaf3b97dbeef01c0043275f9a0e7"
    assert sent["MD5OfMessageAttributes"] == "ae7155c6026991b6d54b11589678bf9c"
    assert "SequenceNumber" not in sent
    (got,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    now = str(round(clock.now() * 1000))
    handle = got.pop("ReceiptHandle")
    assert got == {
        "MessageId": sent["MessageId"],
        "Body": "msg",
        "MD5OfBody": "6e2baaf3b97dbeef01c0043275f9a0e7",
        "Attributes": {
            "SenderId": "111122223333",
            "SentTimestamp": now,
            "ApproximateReceiveCount": "1",
            "ApproximateFirstReceiveTimestamp": now,
        },
    }
    assert bodies(url) == []
    assert attributes(sqs, url)["ApproximateNumberOfMessagesNotVisible"] == "1"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    clock.advance(31)
    assert bodies(url) == []


def test_which_attributes_are_shown(sqs: Any, make: Make) -> None:
    """Recorded: test_receive_message_message_attribute_names_filters, test_message_system_attribute_names_with_attribute_names."""
    url = make("one", VisibilityTimeout="0")
    given = {
        name: {"DataType": "String", "StringValue": value}
        for name, value in (("Help.Me", "Me"), ("Hello", "There"), ("General", "Kenobi"))
    }
    sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes=given)

    def shown(*names: str) -> dict[str, Any]:
        return sqs.receive_message(QueueUrl=url, MessageAttributeNames=list(names))["Messages"][0]

    assert "MessageAttributes" not in shown()
    for names in (["All"], [".*"], ["Help.*", "General", "Help.Me", "Hello"]):
        assert shown(*names)["MD5OfMessageAttributes"] == "4c360f3fdafd970e05fae2f149d997f5"
    assert shown("Help.*")["MessageAttributes"] == {"Help.Me": given["Help.Me"]}
    got = sqs.receive_message(QueueUrl=url, AttributeNames=["SenderId"], MessageSystemAttributeNames=["All"])
    assert set(got["Messages"][0]["Attributes"]) == {
        "ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SenderId", "SentTimestamp",
    }  # fmt: skip
    assert (
        error(sqs.receive_message, QueueUrl=url, MessageSystemAttributeNames=["x"])["Code"]
        == "InvalidAttributeName"
    )


def test_values_of_all_types_and_a_trace(sqs: Any, make: Make) -> None:
    """botocore checks the digests. Recorded: test_aws_trace_header_propagation."""
    url = make("one")
    given = {
        "text": {"DataType": "String.mine", "StringValue": "Grüße"},
        "number": {"DataType": "Number", "StringValue": "-1.5e3"},
        "bytes": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
    }
    trace = {"DataType": "String", "StringValue": "Root=1-3152b799-8954dae64eda91bc9a23a7e8"}
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="x",
        MessageAttributes=given,
        MessageSystemAttributes={"AWSTraceHeader": trace},
    )
    (got,) = sqs.receive_message(
        QueueUrl=url, AttributeNames=["AWSTraceHeader"], MessageAttributeNames=["All"]
    )["Messages"]
    assert got["MessageAttributes"] == given
    assert got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert got["Attributes"] == {"AWSTraceHeader": trace["StringValue"]}
    assert len(sent["MD5OfMessageSystemAttributes"]) == 32


@pytest.mark.parametrize(
    "attribute",
    [
        {"DataType": ""},
        {"DataType": "Text", "StringValue": "x"},
        {"DataType": "String"},
        {"DataType": "String", "StringValue": ""},
        {"DataType": "String", "BinaryValue": b"x"},
        {"DataType": "Binary", "StringValue": "x"},
        {"DataType": "Number", "StringValue": "x"},
        {"DataType": "Number", "StringValue": "1" * 5000},
        {"DataType": "String", "StringValue": "\x00"},
        {"DataType": "String", "StringValue": "a", "StringListValues": ["x"]},
    ],
)
def test_attributes_that_cannot_be(sqs: Any, make: Make, attribute: dict[str, Any]) -> None:
    url = make("one")
    said = error(sqs.send_message, QueueUrl=url, MessageBody="x", MessageAttributes={"a": attribute})
    lists = "StringListValues" in attribute
    assert said["Code"] == (
        "AWS.SimpleQueueService.UnsupportedOperation" if lists else "InvalidParameterValue"
    )


@pytest.mark.parametrize("name", ["", ".a", "a.", "a..b", "AWS.x", "amazon.x", "a b", "x" * 257])
def test_names_that_cannot_be(sqs: Any, make: Make, name: str) -> None:
    said = error(
        sqs.send_message, QueueUrl=make("one"), MessageBody="x", MessageAttributes={name: FOO["Foo"]}
    )
    assert said["Code"] == "InvalidParameterValue"


def test_at_most_ten_attributes(sqs: Any, make: Make) -> None:
    given = {f"a{number}": FOO["Foo"] for number in range(11)}
    said = error(sqs.send_message, QueueUrl=make("one"), MessageBody="x", MessageAttributes=given)
    assert said["Message"] == "Number of message attributes [11] exceeds the allowed maximum [10]."


def test_bodies_that_cannot_be(sqs: Any, make: Make) -> None:
    """Recorded: test_send_empty_message, test_send_oversized_message, test_send_message_with_updated_maximum_message_size."""
    url = make("one")
    said = error(sqs.send_message, QueueUrl=url, MessageBody="")
    assert (said["Code"], said["QueryErrorCode"]) == ("MissingParameter", "MissingRequiredParameterException")
    assert said["Message"] == "The request must contain the parameter MessageBody."
    assert error(sqs.send_message, QueueUrl=url, MessageBody="a\x08")["Code"] == "InvalidMessageContents"
    whole = "a" * (1 << 20)
    assert sqs.send_message(QueueUrl=url, MessageBody=whole)["MessageId"]
    said = error(sqs.send_message, QueueUrl=url, MessageBody=whole + "b")
    assert said["Message"] == (
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."
    )
    small = make("small", MaximumMessageSize="1024")
    said = error(sqs.send_message, QueueUrl=small, MessageBody="a" * 1020, MessageAttributes=FOO)
    assert (
        said["Message"]
        == "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    )


def test_what_is_required(client: Callable[..., Any], make: Make) -> None:
    loose = client("sqs", config=Config(parameter_validation=False))
    said = error(loose.send_message, QueueUrl=make("one"))
    assert (said["Code"], said["Message"]) == (
        "MissingParameter", "The request must contain the parameter MessageBody.",
    )  # fmt: skip


def test_numbers_that_cannot_be(sqs: Any, make: Make) -> None:
    """Recorded: test_send_receive_max_number_of_messages, test_send_receive_wait_time_seconds."""
    url = make("one")
    said = error(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11)
    assert said["Message"] == (
        "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."
    )
    for wait in (21, -1):
        said = error(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=wait)
        assert said["Message"] == (
            f"Value {wait} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."
        )
    assert (
        error(sqs.receive_message, QueueUrl=url, VisibilityTimeout=43201)["Code"] == "InvalidParameterValue"
    )
    assert (
        error(sqs.send_message, QueueUrl=url, MessageBody="x", DelaySeconds=901)["Code"]
        == "InvalidParameterValue"
    )


def test_delays(sqs: Any, make: Make, bodies: Bodies, move: Callable[[float], None]) -> None:
    url = make("one", DelaySeconds="10")
    sqs.send_message(QueueUrl=url, MessageBody="later")
    sqs.send_message(QueueUrl=url, MessageBody="now", DelaySeconds=0)
    assert attributes(sqs, url)["ApproximateNumberOfMessagesDelayed"] == "1"
    assert bodies(url) == ["now"]
    move(11)
    assert bodies(url) == ["later"]


def test_visibility(sqs: Any, make: Make, bodies: Bodies, clock: FakeClock) -> None:
    url = make("one")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    change = {"QueueUrl": url, "ReceiptHandle": handle}
    sqs.change_message_visibility(**change, VisibilityTimeout=100)
    clock.advance(99)
    assert bodies(url) == []
    clock.advance(2)
    said = error(sqs.change_message_visibility, **change, VisibilityTimeout=10)
    assert said["Code"] == "AWS.SimpleQueueService.MessageNotInflight"
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    change["ReceiptHandle"] = handle
    clock.advance(1)
    said = error(sqs.change_message_visibility, **change, VisibilityTimeout=43200)
    assert said["Message"].endswith(
        "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
    )
    sqs.change_message_visibility(**change, VisibilityTimeout=0)
    assert bodies(url) == ["x"]
    said = error(sqs.change_message_visibility, **change, VisibilityTimeout=1)
    assert said["Code"] == "InvalidParameterValue"  # an older handle than the newest


@pytest.mark.parametrize("handle", ["x", "", "cTEgMS0yIDE=", "é"])
def test_no_handle_of_this_queue(sqs: Any, make: Make, handle: str) -> None:
    url = make("one")
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=1)


def test_a_long_poll_ends_with_the_message(sqs: Any, make: Make, client: Callable[..., Any]) -> None:
    url = make("one")
    found: list[Any] = []
    waiting = threading.Thread(
        target=lambda: found.append(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20))
    )
    waiting.start()
    client("sqs", config=Config()).send_message(QueueUrl=url, MessageBody="x")
    waiting.join(10)
    assert [message["Body"] for message in found[0]["Messages"]] == ["x"]


def test_retention(sqs: Any, make: Make, bodies: Bodies, move: Callable[[float], None]) -> None:
    url = make("one", MessageRetentionPeriod="60", VisibilityTimeout="0")
    sqs.send_message(QueueUrl=url, MessageBody="old")
    move(59)
    assert bodies(url) == ["old"]
    sqs.send_message(QueueUrl=url, MessageBody="new")
    move(1)
    assert bodies(url) == ["new"]
    assert attributes(sqs, url)["ApproximateNumberOfMessages"] == "1"


def test_purge(sqs: Any, make: Make, bodies: Bodies, move: Callable[[float], None]) -> None:
    url = make("one")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.purge_queue(QueueUrl=url)
    assert bodies(url) == []
    with pytest.raises(ClientError) as caught:
        sqs.purge_queue(QueueUrl=url)
    # Recorded: test_successive_purge_calls_fail.
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert caught.value.response["Error"]["Message"] == (
        "Only one PurgeQueue operation on one is allowed every 60 seconds."
    )
    move(60)
    sqs.purge_queue(QueueUrl=url)


def test_a_queue_that_is_made_again_is_empty(
    sqs: Any, make: Make, bodies: Bodies, move: Callable[[float], None]
) -> None:
    url = make("one")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]["ReceiptHandle"]
    sqs.delete_queue(QueueUrl=url)
    move(61)
    make("one")
    assert bodies(url) == []
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)


def test_a_group_on_a_standard_queue(sqs: Any, make: Make) -> None:
    """Fair queues. Recorded: test_fair_queue_with_message_group_id, test_send_message_to_standard_queue_with_invalid_message_group_id."""
    url = make("one")
    for _ in range(2):
        sent = sqs.send_message(QueueUrl=url, MessageBody="message", MessageGroupId="test")
        assert "SequenceNumber" not in sent
    got = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MaxNumberOfMessages=1)["Messages"]
    assert got[0]["Attributes"]["MessageGroupId"] == "test"
    assert sqs.receive_message(QueueUrl=url)["Messages"], "there is no order on a standard queue"
    said = error(sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="")
    assert said["Message"] == (
        "Value  for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation"
        " characters. 1 to 128 in length."
    )
    assert error(sqs.send_message, QueueUrl=url, MessageBody="x", MessageDeduplicationId="y")["Code"]


def test_too_many_in_flight(sqs: Any, make: Make, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """ "If you reach this quota while using short polling, Amazon SQS will return an OverLimit error" (ReceiveMessage). A FIFO
    queue "returns no error messages"."""
    monkeypatch.setattr(in_flight, "MOST", 2)
    url, fifo = make("q", VisibilityTimeout="100"), make("q.fifo", ContentBasedDeduplication="true")
    for body in "abc":
        sqs.send_message(QueueUrl=url, MessageBody=body)
        sqs.send_message(QueueUrl=fifo, MessageBody=body, MessageGroupId=body)
    for one in (url, fifo):
        assert len(sqs.receive_message(QueueUrl=one, MaxNumberOfMessages=2)["Messages"]) == 2
    clock.advance(10)
    with pytest.raises(sqs.exceptions.OverLimit):
        sqs.receive_message(QueueUrl=url)
    assert sqs.receive_message(QueueUrl=fifo)["Messages"]
    clock.advance(100)
    assert sqs.receive_message(QueueUrl=url)["Messages"]
