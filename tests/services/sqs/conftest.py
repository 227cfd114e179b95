"""A client of SQS, and queues to send to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Make = Callable[..., str]


def error(call: Callable[..., Any], **params: Any) -> dict[str, Any]:
    """Return the error that a call with these parameters is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]


def attributes(sqs: Any, url: str) -> dict[str, str]:
    """Return all attributes of a queue."""
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


@pytest.fixture
def sqs(client: Callable[..., Any]) -> Any:
    return client("sqs")


@pytest.fixture
def make(sqs: Any) -> Make:
    """`make("name", DelaySeconds="1")`: the URL of a new queue; FIFO if its name says so."""

    def create(name: str, **attributes: str) -> str:
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        return sqs.create_queue(QueueName=name, Attributes={**fifo, **attributes})["QueueUrl"]

    return create


@pytest.fixture
def arn(sqs: Any) -> Callable[[str], str]:
    """The ARN of the queue at a URL."""

    def tell(url: str) -> str:
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    return tell


@pytest.fixture
def bodies(sqs: Any) -> Callable[..., list[str]]:
    """The bodies of what a queue gives, in its order; they stay hidden."""

    def receive(url: str, **more: Any) -> list[str]:
        said = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **more)
        return [message["Body"] for message in said.get("Messages", [])]

    return receive
