"""Integrations of their own: SQS, SNS, EventBridge (https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.stepfunctions.bench import Bench, details, single

Client = Callable[..., Any]


@pytest.fixture
def sqs(client: Client) -> Any:
    return client("sqs")


@pytest.fixture
def queue(sqs: Any) -> str:
    return sqs.create_queue(QueueName="q")["QueueUrl"]


def received(sqs: Any, queue: str) -> str:
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=0)["Messages"]
    return message["Body"]


def test_a_message(bench: Bench, sqs: Any, queue: str) -> None:
    asked = {"QueueUrl": queue, "MessageBody": {"a": 1}}
    end = bench.run(
        single({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": asked})
    )
    assert end["status"] == "SUCCEEDED", end
    assert json.loads(received(sqs, queue)) == {"a": 1}
    assert {"MessageId", "MD5OfMessageBody", "SdkHttpMetadata", "SdkResponseMetadata"} <= set(end["output"])


def test_a_message_with_a_token(bench: Bench, sqs: Any, queue: str) -> None:
    """test_sqs_wait_for_task_token of the recordings."""
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    asked = {"QueueUrl": queue, "MessageBody": {"Message.$": "$.m", "TaskToken.$": "$$.Task.Token"}}
    arn = bench.start(
        single({"Type": "Task", "Resource": resource, "Parameters": asked, "HeartbeatSeconds": 50}),
        {"m": "txt"},
    )
    bench.until(arn, lambda _: "TaskSubmitted" in bench.types(arn))
    message = json.loads(received(sqs, queue))
    bench.sfn.send_task_success(taskToken=message["TaskToken"], output=json.dumps(message["Message"]))
    assert bench.end(arn)["output"] == "txt"
    chain = bench.events(arn)
    assert [event["type"] for event in chain[2:6]] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]
    assert details(chain[2])["heartbeatInSeconds"] == 50
    assert details(chain[5])["resource"] == "sendMessage.waitForTaskToken"


def test_a_token_that_nobody_uses(bench: Bench, sqs: Any, queue: str) -> None:
    """test_heartbeat_timeout of the recordings."""
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    asked = {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"}
    arn = bench.start(
        single(
            {
                "Type": "Task",
                "Resource": resource,
                "Parameters": asked,
                "HeartbeatSeconds": 5,
                "TimeoutSeconds": 600,
            }
        )
    )
    bench.until(arn, lambda _: "TaskSubmitted" in bench.types(arn))
    bench.clock.advance(5)
    assert bench.end(arn)["error"] == "States.Timeout"
    assert bench.types(arn)[-2:] == ["TaskTimedOut", "ExecutionFailed"]
    timed_out = details(bench.events(arn)[-2])
    assert timed_out == {
        "resource": "sendMessage.waitForTaskToken",
        "resourceType": "sqs",
        "error": "States.Timeout",
    }


def test_a_queue_that_is_not_there(bench: Bench, queue: str) -> None:
    asked = {"QueueUrl": f"{queue}-no", "MessageBody": "x"}
    end = bench.run(
        single({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": asked})
    )
    assert end["error"].startswith("SQS.")
    assert bench.types(end["executionArn"])[-2:] == ["TaskFailed", "ExecutionFailed"]


def test_a_publication(bench: Bench, client: Client) -> None:
    topic = client("sns").create_topic(Name="t")["TopicArn"]
    asked = {"TopicArn": topic, "Message": {"default": "x"}}
    end = bench.run(single({"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": asked}))
    assert end["status"] == "SUCCEEDED", end
    assert "MessageId" in end["output"]


def test_events(bench: Bench, client: Client) -> None:
    """test_put_events_base of the recordings: Detail is an object in the state machine, and a text in the request."""
    client("events")
    entry = {"Source": "me", "DetailType": "t", "Detail": {"a": 1}, "EventBusName": "default"}
    end = bench.run(
        single(
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::events:putEvents",
                "Parameters": {"Entries": [entry]},
            }
        )
    )
    assert end["status"] == "SUCCEEDED", end
    assert end["output"]["FailedEntryCount"] == 0
    assert "EventId" in end["output"]["Entries"][0]
