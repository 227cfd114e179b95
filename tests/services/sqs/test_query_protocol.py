"""The Query protocol, which SDKs of before November 2023 speak. Source: the sample requests and answers of the API reference of
2012-11-05; recorded: the tests named `[sqs_query]`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess
from tests.services.sqs.conftest import Make

Ask = Callable[..., tuple[int, str]]
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.fixture
def ask(app: InProcess) -> Ask:
    """`ask({"Action": …})`: status and body; the namespace, which each answer has, left out."""

    def post(fields: dict[str, str], path: str = "/") -> tuple[int, str]:
        body = urlencode({"Version": "2012-11-05", **fields}).encode()
        request = AWSRequest("POST", f"{ENDPOINT}{path}", {"content-type": FORM}, body)
        SigV4Auth(Credentials(ROOT_KEY, ROOT_SECRET), "sqs", "us-east-1").add_auth(request)
        status, _, data = app.request("POST", f"{ENDPOINT}{path}", dict(request.headers.items()), body)
        text = data.decode()
        ElementTree.fromstring(text)
        return status, text.replace(' xmlns="http://queue.amazonaws.com/doc/2012-11-05/"', "")

    return post


def test_a_queue_with_attributes_and_tags(sqs: Any, ask: Ask) -> None:
    status, text = ask(
        {
            "Action": "CreateQueue",
            "QueueName": "q",
            "Attribute.1.Name": "VisibilityTimeout",
            "Attribute.1.Value": "40",
            "Tag.1.Key": "QueueType",
            "Tag.1.Value": "Production",
        }
    )
    url = f"{ENDPOINT}/111122223333/q"
    assert status == 200
    assert f"<CreateQueueResponse><CreateQueueResult><QueueUrl>{url}</QueueUrl></CreateQueueResult>" in text
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"QueueType": "Production"}
    asked = {"Action": "GetQueueAttributes", "QueueUrl": url, "AttributeName.1": "VisibilityTimeout"}
    assert "<Attribute><Name>VisibilityTimeout</Name><Value>40</Value></Attribute>" in ask(asked)[1]
    assert (
        "<Tag><Key>QueueType</Key><Value>Production</Value></Tag>"
        in ask({"Action": "ListQueueTags", "QueueUrl": url})[1]
    )
    assert (
        f"<ListQueuesResult><QueueUrl>{url}</QueueUrl></ListQueuesResult>" in ask({"Action": "ListQueues"})[1]
    )


def test_messages_at_the_url_of_the_queue(make: Make, ask: Ask) -> None:
    url = make("q")
    named = {"QueueUrl": url}
    _, text = ask(
        {
            "Action": "SendMessage",
            **named,
            "MessageBody": "This+is a test",
            "MessageAttribute.1.Name": "my_name",
            "MessageAttribute.1.Value.StringValue": "my_value",
            "MessageAttribute.1.Value.DataType": "String",
        },
        "/111122223333/q",
    )
    assert "<MD5OfMessageBody>" in text
    _, text = ask(
        {"Action": "ReceiveMessage", **named, "AttributeName.1": "All", "MessageAttributeName.1": "All"},
        "/111122223333/q",
    )
    assert "<ReceiveMessageResult><Message><MessageId>" in text
    assert "<Body>This+is a test</Body>" in text
    assert "<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>" in text
    assert (
        "<MessageAttribute><Name>my_name</Name><Value><StringValue>my_value</StringValue><DataType>String</DataType>"
        "</Value></MessageAttribute>"
    ) in text
    handle = re.search("<ReceiptHandle>(.+?)</ReceiptHandle>", text)
    assert handle
    status, text = ask({"Action": "DeleteMessage", **named, "ReceiptHandle": handle[1]})
    assert (status, "<DeleteMessageResponse><ResponseMetadata><RequestId>" in text) == (200, True)


def test_a_batch(make: Make, ask: Ask) -> None:
    entry = "SendMessageBatchRequestEntry"
    fields = {
        f"{entry}.1.Id": "a",
        f"{entry}.1.MessageBody": "x",
        f"{entry}.2.Id": "b",
        f"{entry}.2.MessageBody": "",
    }
    _, text = ask({"Action": "SendMessageBatch", "QueueUrl": make("q"), **fields})
    assert "<SendMessageBatchResultEntry><Id>a</Id>" in text
    assert (
        "<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault><Code>MissingParameter</Code>"
        in text
    )


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        (
            {"Action": "GetQueueUrl", "QueueName": "none"},
            400,
            "<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>",
        ),
        (
            {"Action": "SendMessage", "QueueUrl": f"{ENDPOINT}/111122223333/q"},
            400,
            "<Code>MissingParameter</Code><Message>The request must contain the parameter MessageBody.</Message>",
        ),
        (
            {"Action": "ReceiveMessage", "QueueUrl": f"{ENDPOINT}/111122223333/q", "WaitTimeSeconds": "21"},
            400,
            "<Code>InvalidParameterValue</Code><Message>Value 21 for parameter WaitTimeSeconds is invalid.",
        ),
    ],
)
def test_errors(make: Make, ask: Ask, fields: dict[str, str], status: int, said: str) -> None:
    make("q")
    found, text = ask(fields)
    assert (found, said in text) == (status, True), text
