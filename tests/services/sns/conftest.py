"""A client of SNS, a queue that its policy lets SNS send to, and what delivers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from clary.plane import Platform
from clary.services.sns.delivering import deliver_once
from tests.inprocess import Loop


class Queue(NamedTuple):
    url: str
    arn: str


def error(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Return the code and the sentence that a call with these parameters is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    said = caught.value.response["Error"]
    return said["Code"], said["Message"]


@pytest.fixture
def sns(client: Callable[..., Any]) -> Any:
    return client("sns")


@pytest.fixture
def sqs(client: Callable[..., Any]) -> Any:
    return client("sqs")


@pytest.fixture
def queue(sqs: Any) -> Callable[..., Queue]:
    """`queue("name")`: a new queue that SNS may send to; FIFO if its name says so."""

    def make(name: str = "q", allowed: bool = True) -> Queue:
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        url = sqs.create_queue(QueueName=name, Attributes=fifo)["QueueUrl"]
        made = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn = made["Attributes"]["QueueArn"]
        if allowed:
            allow(sqs, url, arn)
        return Queue(url, arn)

    return make


def allow(sqs: Any, url: str, arn: str) -> None:
    """Let SNS send to a queue ("Subscribing an Amazon SQS queue to an Amazon SNS topic", Developer Guide)."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


@pytest.fixture
def received(sqs: Any, platform: Platform, loop: Loop) -> Callable[..., list[dict[str, Any]]]:
    """Deliver what is to be delivered now, and return what a queue gives."""

    def receive(queue: Queue) -> list[dict[str, Any]]:
        while loop.run(deliver_once(platform)):
            pass
        got = sqs.receive_message(
            QueueUrl=queue.url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        )
        return got.get("Messages", [])

    return receive
