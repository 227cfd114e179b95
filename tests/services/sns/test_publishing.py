"""Messages are published and delivered to queues. Recorded: recorded/sns/test_sns.json, the tests that each one names."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.services.sns.delivering import deliver_once, pause
from tests.inprocess import InProcess, Loop
from tests.services.sns.conftest import Queue, allow, error

MakeQueue = Callable[..., Queue]
Receive = Callable[[Queue], list[dict[str, Any]]]


@pytest.fixture
def topic(sns: Any) -> str:
    return sns.create_topic(Name="t")["TopicArn"]


def subscribe(sns: Any, topic: str, queue: Queue, **attributes: str) -> str:
    asked = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue.arn}
    return sns.subscribe(**asked, Attributes=attributes)["SubscriptionArn"]


def test_a_notification(sns: Any, topic: str, queue: MakeQueue, received: Receive) -> None:
    """Recorded: test_subscribe_sqs_queue, test_publish_unicode_chars."""
    one = queue()
    arn = subscribe(sns, topic, one)
    attributes = {
        "attr1": {"DataType": "Number", "StringValue": "99.12"},
        "attr2": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
    }
    id = sns.publish(TopicArn=topic, Message="ö§a1", Subject="s", MessageAttributes=attributes)["MessageId"]
    (got,) = received(one)
    said = json.loads(got["Body"])
    assert said.pop("Signature")
    assert said.pop("Timestamp").endswith("Z")
    assert said == {
        "Type": "Notification",
        "MessageId": id,
        "TopicArn": topic,
        "Subject": "s",
        "Message": "ö§a1",
        "SignatureVersion": "1",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-clary.pem",
        "UnsubscribeURL": f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={arn}",
        "MessageAttributes": {
            "attr1": {"Type": "Number", "Value": "99.12"},
            "attr2": {"Type": "Binary", "Value": "AgME"},
        },
    }
    assert "MessageAttributes" not in got


def test_the_message_alone(sns: Any, topic: str, queue: MakeQueue, received: Receive) -> None:
    """Recorded: test_publish_sqs_from_sns."""
    one = queue()
    subscribe(sns, topic, one, RawMessageDelivery="true")
    attributes = {"attr1": {"DataType": "Number", "StringValue": "99.12"}}
    sns.publish(TopicArn=topic, Message="Test msg", MessageAttributes=attributes)
    (got,) = received(one)
    assert (got["Body"], got["MessageAttributes"]) == ("Test msg", attributes)
    assert got["MD5OfMessageAttributes"] == "d302007e9aa062660afc85fd0a482472"


@pytest.mark.parametrize(("version", "kind"), [("1", hashes.SHA1), ("2", hashes.SHA256)])
def test_signatures(
    sns: Any, topic: str, queue: MakeQueue, received: Receive, app: InProcess, version: str, kind: Any
) -> None:
    """ "Verifying the signatures of Amazon SNS messages" (Developer Guide), step by step."""
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue=version)
    one = queue()
    subscribe(sns, topic, one)
    sns.publish(TopicArn=topic, Message="m", Subject="s")
    said = json.loads(received(one)[0]["Body"])
    status, _, pem = app.request("GET", said["SigningCertURL"], {"host": "sns.us-east-1.amazonaws.com"})
    assert (status, said["SignatureVersion"]) == (200, version)
    names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
    text = "".join(f"{name}\n{said[name]}\n" for name in names).encode()
    key: Any = x509.load_pem_x509_certificate(pem).public_key()
    key.verify(base64.b64decode(said["Signature"]), text, padding.PKCS1v15(), kind())


def test_a_message_by_protocol(sns: Any, topic: str, queue: MakeQueue, received: Receive) -> None:
    """Recorded: test_message_structure_json_to_sqs, test_message_structure_json_exc."""
    one = queue()
    subscribe(sns, topic, one, RawMessageDelivery="true")
    given = {"TopicArn": topic, "MessageStructure": "json"}
    for message in ({"default": "d", "sqs": "q"}, {"default": "d", "sqs": {"a": 1}}):
        sns.publish(**given, Message=json.dumps(message))
    assert sorted(got["Body"] for got in received(one)) == ["d", "q"]
    assert error(sns.publish, **given, Message="{")[1] == (
        "Invalid parameter: Message Structure - JSON message body failed to parse"
    )
    for message in ('{"sqs": "q"}', '{"default": 1}'):
        assert error(sns.publish, **given, Message=message)[1] == (
            "Invalid parameter: Message Structure - No default entry in JSON message body"
        )


def test_messages_that_cannot_be(sns: Any, topic: str) -> None:
    """Recorded: test_empty_sns_message, test_publish_too_long_message, test_publish_with_empty_subject, test_unknown_topic_publish,
    test_topic_publish_another_region, test_empty_or_wrong_message_attributes."""

    def refused(**given: Any) -> tuple[str, str]:
        return error(sns.publish, **{"TopicArn": topic, "Message": "x", **given})

    assert refused(Message="") == ("InvalidParameter", "Invalid parameter: Empty message")
    assert refused(Message="x" * (256 * 1024 + 1)) == (
        "InvalidParameter",
        "Invalid parameter: Message too long",
    )
    for subject in ("", "x" * 101, "a\nb"):
        assert refused(Subject=subject) == ("InvalidParameter", "Invalid parameter: Subject")
    assert refused(TopicArn=topic + "x") == ("NotFound", "Topic does not exist")
    assert refused(TopicArn=topic.replace("us-east-1", "us-west-2")) == (
        "InvalidParameter", "Invalid parameter: TopicArn",
    )  # fmt: skip
    for attribute, said in (
        ({"DataType": "Binary", "StringValue": "x"}, "with type 'Binary' must use field 'Binary'."),
        ({"DataType": "String", "BinaryValue": b"x"}, "with type 'String' must use field 'String'."),
        ({"DataType": "String"}, "must contain non-empty message attribute value for message attribute type 'String'."),
        ({"DataType": "X", "StringValue": "x"}, "has an invalid message attribute type, the set of supported type prefixes"
         " is Binary, Number, and String."),
    ):  # fmt: skip
        assert refused(MessageAttributes={"attr1": attribute}) == (
            "ParameterValueInvalid", f"The message attribute 'attr1' {said}",
        )  # fmt: skip
    good = {"DataType": "String", "StringValue": "x"}
    assert "'#x5E'" in refused(MessageAttributes={"a^b": good})[1]
    for name in (".a", "a.", "a..b", "x" * 257):
        assert refused(MessageAttributes={name: good})[0] == "ParameterValueInvalid"
    assert error(sns.publish, PhoneNumber="+15551234567", Message="x")[0] == "NotImplemented"
    assert error(sns.publish, Message="x")[0] == "InvalidParameter"


def test_a_batch(sns: Any, topic: str, queue: MakeQueue, received: Receive) -> None:
    """Recorded: test_publish_batch_messages_without_topic."""
    one = queue()
    subscribe(sns, topic, one, RawMessageDelivery="true")
    entries = [{"Id": "a", "Message": "x"}, {"Id": "b", "Message": ""}, {"Id": "c", "Message": "y"}]
    said = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [done["Id"] for done in said["Successful"]] == ["a", "c"]
    assert [(bad["Id"], bad["Code"], bad["SenderFault"]) for bad in said["Failed"]] == [
        ("b", "InvalidParameter", True)
    ]
    assert sorted(got["Body"] for got in received(one)) == ["x", "y"]

    def refused(*ids: str) -> str:
        those = [{"Id": id, "Message": "x" * 40_000} for id in ids]
        return error(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=those)[0]

    assert refused() == "EmptyBatchRequest"
    assert refused(*map(str, range(11))) == "TooManyEntriesInBatchRequest"
    assert refused("a", "a") == "BatchEntryIdsNotDistinct"
    assert refused("a b") == "InvalidBatchEntryId"
    assert refused(*"abcdefg") == "BatchRequestTooLong"
    missing = {"TopicArn": topic + "x", "PublishBatchRequestEntries": entries}
    assert error(sns.publish_batch, **missing) == ("NotFound", "Topic does not exist")


def test_fifo(sns: Any, queue: MakeQueue, received: Receive, sqs: Any) -> None:
    """Recorded: test_publish_to_fifo_topic_deduplication_on_topic_level, test_fifo_topic_to_regular_sqs."""
    given = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    topic = sns.create_topic(Name="t.fifo", Attributes=given)["TopicArn"]
    ordered, standard = queue("q.fifo"), queue()
    for one in (ordered, standard):
        subscribe(sns, topic, one)
    first = sns.publish(TopicArn=topic, Message="Test", MessageGroupId="message-group-id-1")
    again = sns.publish(TopicArn=topic, Message="Test", MessageGroupId="other")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    sns.publish(TopicArn=topic, Message="second", MessageGroupId="message-group-id-1")
    got = received(ordered)
    assert [json.loads(one["Body"])["Message"] for one in got] == ["Test", "second"]
    assert got[0]["Attributes"]["MessageGroupId"] == "message-group-id-1"
    assert got[0]["Attributes"]["MessageDeduplicationId"] == (
        "532eaabd9574880dbf76b9b8cc00832c20a6ec113d682299550d7a6e0f345e25"
    )
    said = json.loads(got[0]["Body"])
    assert said["SequenceNumber"] == first["SequenceNumber"]
    assert not {"Signature", "SignatureVersion", "SigningCertURL"} & set(said)
    assert all("MessageGroupId" not in one["Attributes"] for one in received(standard))
    assert error(sns.publish, TopicArn=topic, Message="x")[0] == "InvalidParameter"
    plain = sns.create_topic(Name="t")["TopicArn"]
    asked = {"TopicArn": plain, "Protocol": "sqs", "Endpoint": ordered.arn}
    assert "FIFO SQS Queues can not be subscribed to standard SNS topics" in error(sns.subscribe, **asked)[1]


def test_what_a_queue_refuses_goes_to_the_dead_letters(
    sns: Any, sqs: Any, topic: str, queue: MakeQueue, received: Receive
) -> None:
    """Recorded: test_redrive_policy_sqs_queue_subscription. "Client-side errors … Amazon SNS doesn't retry"."""
    one, dead = queue(allowed=False), queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn})
    subscribe(sns, topic, one, RawMessageDelivery="true", RedrivePolicy=redrive)
    sns.publish(TopicArn=topic, Message="denied")
    assert [got["Body"] for got in received(dead)] == ["denied"]
    sqs.delete_queue(QueueUrl=one.url)
    sns.publish(TopicArn=topic, Message="gone")
    assert [got["Body"] for got in received(dead)] == ["gone"]


def test_what_the_platform_cannot_do_now_is_tried_again(
    sns: Any, topic: str, queue: MakeQueue, platform: Platform, loop: Loop, received: Receive, clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """ "Amazon SNS message delivery retries" (Developer Guide): 3 at once, 2 a second apart, then longer pauses up to 20 s."""
    from clary.kernel.errors import unavailable
    from clary.services.sns import delivering

    one = queue()
    subscribe(sns, topic, one, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="m")

    async def fails(*_: Any) -> None:
        raise unavailable("not now")

    with monkeypatch.context() as patch:
        patch.setattr(delivering, "_send", fails)
        assert [loop.run(deliver_once(platform)) for _ in range(5)] == [True, True, True, True, False]
    assert received(one) == []
    clock.advance(1)
    assert [got["Body"] for got in received(one)] == ["m"]
    assert [pause(tries) for tries in (1, 3, 4, 5, 16, 1000)] == [0, 0, 1, 1, 20, 20]
    assert 1 < pause(6) < pause(15) <= 20


def test_another_account(sns: Any, sqs: Any, topic: str, queue: MakeQueue, received: Receive) -> None:
    """A queue whose policy names another topic is not sent to ("confused deputy", Developer Guide)."""
    one = queue(allowed=False)
    subscribe(sns, topic, one)
    statement = {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": one.arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic + "other"}},
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=one.url, Attributes={"Policy": policy})
    sns.publish(TopicArn=topic, Message="m")
    assert received(one) == []
    allow(sqs, one.url, one.arn)
    sns.publish(TopicArn=topic, Message="n")
    assert len(received(one)) == 1
