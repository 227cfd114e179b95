"""Queues: created, found, set, tagged, listed, deleted. Source: the API reference; sentences as recorded
(localstack/localstack, tests/aws/services/sqs/test_sqs.snapshot.json) where a test names one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.sqs.conftest import Make, attributes, error


def test_the_life_of_a_queue(sqs: Any, make: Make) -> None:
    url = make("one")
    assert url == "http://127.0.0.1:4566/111122223333/one"
    assert sqs.get_queue_url(QueueName="one")["QueueUrl"] == url
    assert sqs.list_queues()["QueueUrls"] == [url]
    sqs.delete_queue(QueueUrl=url)
    assert "QueueUrls" not in sqs.list_queues()
    with pytest.raises(sqs.exceptions.QueueDoesNotExist, match=r"The specified queue does not exist\."):
        sqs.get_queue_url(QueueName="one")
    said = error(sqs.send_message, QueueUrl=url, MessageBody="x")
    assert (said["Code"], said["QueryErrorCode"], said["Type"]) == (
        "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "Sender",
    )  # fmt: skip


def test_any_host_may_stand_in_a_url(sqs: Any, make: Make) -> None:
    make("one")
    for url in ("https://sqs.us-east-1.amazonaws.com/111122223333/one", "http://elsewhere/111122223333/one"):
        assert sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
    said = error(sqs.send_message, QueueUrl="https://example.com/one", MessageBody="x")
    assert (said["Code"], said["Message"]) == (
        "InvalidAddress", "The address https://example.com/one is not valid for this endpoint.",
    )  # fmt: skip


def test_a_name_is_free_a_minute_after_its_deletion(
    sqs: Any, make: Make, move: Callable[[float], None]
) -> None:
    """ "You must wait 60 seconds after deleting a queue before you can create another with the same name" (CreateQueue)."""
    sqs.delete_queue(QueueUrl=make("one"))
    with pytest.raises(sqs.exceptions.QueueDeletedRecently, match="You must wait 60 seconds"):
        make("one")
    move(61)
    assert make("one")


def test_defaults(sqs: Any, make: Make) -> None:
    """The values of CreateQueue's page; FIFO's as recorded (test_fifo_change_to_high_throughput_after_creation)."""
    said = attributes(sqs, make("one"))
    counts = {name for name in said if name.startswith("Approximate")}
    assert len(counts) == 3
    assert {said[name] for name in counts} == {"0"}
    assert {name: said[name] for name in said if name not in counts and "Timestamp" not in name} == {
        "DelaySeconds": "0",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": "arn:aws:sqs:us-east-1:111122223333:one",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30",
    }
    fifo = attributes(sqs, make("one.fifo"))
    names = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
    assert [fifo[name] for name in names] == ["true", "false", "queue", "perQueue"]
    assert sqs.get_queue_attributes(QueueUrl=make("one")).get("Attributes") is None


def test_a_queue_that_is_there_already(sqs: Any, make: Make) -> None:
    url = make("one", DelaySeconds="1")
    assert make("one", DelaySeconds="1") == url == make("one")
    said = error(sqs.create_queue, QueueName="one", Attributes={"DelaySeconds": "2"})
    # Recorded: test_create_queue_with_different_attributes_raises_exception.
    assert (said["Code"], said["QueryErrorCode"]) == ("QueueAlreadyExists", "QueueNameExists")
    assert said["Message"] == (
        "A queue already exists with the same name and a different value for attribute DelaySeconds"
    )


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("one", {"DelaySeconds": "901"}, "InvalidAttributeValue"),
        ("one", {"VisibilityTimeout": "-1"}, "InvalidAttributeValue"),
        ("one", {"MaximumMessageSize": "1048577"}, "InvalidAttributeValue"),
        ("one", {"MessageRetentionPeriod": "59"}, "InvalidAttributeValue"),
        ("one", {"ReceiveMessageWaitTimeSeconds": "x"}, "InvalidAttributeValue"),
        ("one", {"Policy": "{}"}, "InvalidAttributeValue"),
        ("one", {"SqsManagedSseEnabled": "yes"}, "InvalidAttributeValue"),
        ("one", {"RedriveAllowPolicy": '{"redrivePermission": "some"}'}, "InvalidAttributeValue"),
        ("one", {"RedrivePolicy": "[]"}, "InvalidParameterValue"),
        ("one", {"RedrivePolicy": '{"maxReceiveCount": 1}'}, "InvalidParameterValue"),
        ("one", {"Colour": "blue"}, "InvalidAttributeName"),
        ("one", {"QueueArn": "x"}, "InvalidAttributeName"),
        ("one", {"FifoQueue": "false"}, "InvalidAttributeName"),
        ("one", {"ContentBasedDeduplication": "true"}, "InvalidAttributeName"),
        ("one", {"FifoQueue": "true"}, "InvalidParameterValue"),
        ("one.fifo", {}, "InvalidParameterValue"),
        ("one two", {}, "InvalidParameterValue"),
        ("x" * 81, {}, "InvalidParameterValue"),
        ("one.fifo", {"FifoQueue": "true", "FifoThroughputLimit": "perMessageGroupId"}, "InvalidAttributeValue"),
    ],
)  # fmt: skip
def test_what_cannot_be_created(sqs: Any, name: str, given: dict[str, str], code: str) -> None:
    assert error(sqs.create_queue, QueueName=name, Attributes=given)["Code"] == code
    assert "QueueUrls" not in sqs.list_queues()


def test_attributes_are_set(sqs: Any, make: Make) -> None:
    url = make("one")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    assert attributes(sqs, url)["VisibilityTimeout"] == "5"
    # Recorded: test_set_unsupported_attribute_fifo.
    said = error(sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": "true"})
    assert (said["Code"], said["Message"]) == ("InvalidAttributeName", "Unknown Attribute FifoQueue.")
    fifo = make("one.fifo")
    said = error(sqs.set_queue_attributes, QueueUrl=fifo, Attributes={"FifoQueue": "false"})
    assert (said["Code"], said["Message"]) == (
        "InvalidAttributeValue",
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
    )
    sqs.set_queue_attributes(QueueUrl=fifo, Attributes={"FifoQueue": "true"})
    said = error(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Colour"])
    assert (said["Code"], said["Message"]) == ("InvalidAttributeName", "Unknown Attribute Colour.")


def test_tags(sqs: Any, make: Make) -> None:
    """Recorded: test_tag_untag_queue; tags of before are kept (moto: #3119)."""
    url = sqs.create_queue(QueueName="one", tags={"tag1": "value1"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"tag2": "value2", "tag3": ""})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"tag1": "value1", "tag2": "value2", "tag3": ""}
    sqs.untag_queue(QueueUrl=url, TagKeys=["tag1", "tag2", "tag3", "other"])
    assert "Tags" not in sqs.list_queue_tags(QueueUrl=url)
    assert error(sqs.tag_queue, QueueUrl=url, Tags={"aws:x": "y"})["Code"] == "InvalidParameterValue"


def test_pages(sqs: Any, make: Make) -> None:
    """ "You must set MaxResults to receive a value for NextToken" (ListQueues)."""
    urls = [make(f"q{number}") for number in range(5)]
    make("other")
    assert sqs.list_queues(QueueNamePrefix="q")["QueueUrls"] == urls
    first = sqs.list_queues(QueueNamePrefix="q", MaxResults=3)
    rest = sqs.list_queues(QueueNamePrefix="q", MaxResults=3, NextToken=first["NextToken"])
    assert first["QueueUrls"] + rest["QueueUrls"] == urls
    assert "NextToken" not in rest
    assert error(sqs.list_queues, MaxResults=1001)["Code"] == "InvalidParameterValue"


def test_permissions_by_label(sqs: Any, make: Make) -> None:
    """Recorded: test_sqs_permission_lifecycle."""
    url = make("one")
    given: dict[str, Any] = {"QueueUrl": url, "Actions": ["ReceiveMessage"]}
    sqs.add_permission(
        **given, Label="crossaccountpermission", AWSAccountIds=["668614515564", "111111111111"]
    )
    policy = json.loads(attributes(sqs, url)["Policy"])
    assert policy == {
        "Version": "2008-10-17",
        "Id": "arn:aws:sqs:us-east-1:111122223333:one/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "crossaccountpermission",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::668614515564:root", "arn:aws:iam::111111111111:root"]},
                "Action": "SQS:ReceiveMessage",
                "Resource": "arn:aws:sqs:us-east-1:111122223333:one",
            }
        ],
    }
    said = error(sqs.add_permission, **given, Label="crossaccountpermission", AWSAccountIds=["111111111111"])
    assert said["Message"] == (
        "Value crossaccountpermission for parameter Label is invalid. Reason: Already exists."
    )
    said = error(sqs.remove_permission, QueueUrl=url, Label="other")
    assert said["Message"] == "Value other for parameter Label is invalid. Reason: can't find label."
    assert error(sqs.add_permission, QueueUrl=url, Label="x", AWSAccountIds=["1"], Actions=["*"])["Code"]
    assert error(
        sqs.add_permission, QueueUrl=url, Label="x", AWSAccountIds=["111111111111"], Actions=["CreateQueue"]
    )["Message"].endswith("Only the queue owner is allowed to invoke this action.")
    sqs.remove_permission(QueueUrl=url, Label="crossaccountpermission")
    assert "Policy" not in attributes(sqs, url)
