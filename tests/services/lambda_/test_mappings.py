"""Event source mappings of queues (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html; recorded answers of the real service,
localstack/localstack, tests/aws/services/lambda_/event_source_mapping/test_lambda_integration_sqs.snapshot.json)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.lambda_.functions import Functions
from tests.support.waiting import until

# Says what it got in a queue of its own, and fails for messages that ask for it.
_CODE = """
import json
def handler(event, context):
    for record in event["Records"]:
        print("got", record["body"], record["eventSource"])
    print("size", len(event["Records"]))
    failed = [one["messageId"] for one in event["Records"] if "fail" in one["body"]]
    if any("raise" in one["body"] for one in event["Records"]): raise ValueError("no")
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
"""


@pytest.fixture
def queue(functions: Functions) -> tuple[str, str]:
    """Address and ARN of a new queue."""
    sqs = functions.live.client("sqs")
    url = sqs.create_queue(QueueName=f"q{next(functions.names)}", Attributes={"VisibilityTimeout": "30"})[
        "QueueUrl"
    ]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def _map(functions: Functions, name: str, arn: str, **more: Any) -> dict[str, Any]:
    made = functions.client.create_event_source_mapping(EventSourceArn=arn, FunctionName=name, **more)
    until(lambda: functions.client.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled")
    return made


def _log(functions: Functions, name: str) -> str:
    logs = functions.live.client("logs")
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except ClientError:
        return ""
    return "\n".join(event["message"] for event in found)


def _counts(functions: Functions, url: str) -> tuple[int, int]:
    """Return how many messages wait, and how many are out."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = functions.live.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)[
        "Attributes"
    ]
    return int(found[names[0]]), int(found[names[1]])


def test_a_function_gets_what_a_queue_gets(functions: Functions, queue: tuple[str, str]) -> None:
    url, arn = queue
    name = functions.create(_CODE, Timeout=10)
    made = _map(functions, name, arn)
    assert (made["State"], made["BatchSize"], made["MaximumBatchingWindowInSeconds"]) == ("Creating", 10, 0)
    assert (made["FunctionResponseTypes"], made["StateTransitionReason"]) == ([], "USER_INITIATED")
    functions.live.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
    until(lambda: "got hello aws:sqs" in _log(functions, name))
    until(lambda: _counts(functions, url) == (0, 0))
    deleted = functions.client.delete_event_source_mapping(UUID=made["UUID"])
    assert deleted["State"] == "Deleting"
    until(
        lambda: functions.client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"] == []
    )


def test_what_fails_stays_in_the_queue(functions: Functions, queue: tuple[str, str]) -> None:
    url, arn = queue
    name = functions.create(_CODE, Timeout=10)
    _map(
        functions,
        name,
        arn,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumBatchingWindowInSeconds=1,
    )
    entries = [{"Id": str(one), "MessageBody": body} for one, body in enumerate(("good", "fail", "fine"))]
    functions.live.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    until(lambda: _counts(functions, url) == (0, 1))
    until(lambda: "got good" in _log(functions, name))


def test_only_what_passes_a_filter_reaches_the_function(functions: Functions, queue: tuple[str, str]) -> None:
    url, arn = queue
    name = functions.create(_CODE, Timeout=10)
    pattern = json.dumps({"body": {"size": [{"numeric": [">", 5]}]}})
    _map(functions, name, arn, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    for body in ({"size": 3}, {"size": 9}):
        functions.live.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))
    until(lambda: 'got {"size": 9}' in _log(functions, name))
    until(lambda: _counts(functions, url) == (0, 0))  # what does not pass is deleted
    assert '{"size": 3}' not in _log(functions, name)


def test_what_is_refused(functions: Functions, queue: tuple[str, str]) -> None:
    _, arn = queue
    name = functions.create(_CODE, Timeout=10)
    slow = functions.create(_CODE, Timeout=60)
    create = functions.client.create_event_source_mapping
    for given, said in (
        ({"FunctionName": "not-there"}, "Function not found"),
        ({"EventSourceArn": arn + "x"}, "SQS Error Code: AWS.SimpleQueueService.NonExistentQueue"),
        (
            {"FunctionName": slow},
            "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
        ),
        ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0"),
        ({"StartingPosition": "LATEST"}, "StartingPosition is not valid for SQS"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "no"}]}}, "Invalid filter pattern definition"),
        ({"EventSourceArn": "arn:aws:kinesis:us-east-1:111122223333:stream/s"}, "NotImplemented.*kinesis"),
    ):
        with pytest.raises(ClientError, match=said):
            create(**{"EventSourceArn": arn, "FunctionName": name, **given})
    _map(functions, name, arn)
    with pytest.raises(ClientError, match=r"already exists\. Please update or delete the existing mapping"):
        create(EventSourceArn=arn, FunctionName=name)


def test_a_mapping_that_is_disabled_leaves_messages_alone(
    functions: Functions, queue: tuple[str, str]
) -> None:
    url, arn = queue
    name = functions.create(_CODE, Timeout=10)
    made = _map(functions, name, arn)
    state = functions.client.get_event_source_mapping
    disabled = functions.client.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    assert disabled["State"] == "Disabling"
    until(lambda: state(UUID=made["UUID"])["State"] == "Disabled")
    functions.client.update_event_source_mapping(UUID=made["UUID"], Enabled=True, BatchSize=3)
    until(lambda: state(UUID=made["UUID"])["State"] == "Enabled")
    assert state(UUID=made["UUID"])["BatchSize"] == 3
    functions.live.client("sqs").send_message(QueueUrl=url, MessageBody="later")
    until(lambda: "got later" in _log(functions, name))
