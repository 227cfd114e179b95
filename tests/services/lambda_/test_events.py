"""Asynchronous events (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). The forms of records are
those of recorded answers of the real service (localstack/localstack, tests/aws/services/lambda_/test_lambda_destinations.snapshot.json)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from clary.cli.home import Home as ClientHome
from clary.cli.local_api import ask
from tests.services.lambda_.functions import Functions
from tests.support.live import Live, short_folder
from tests.support.waiting import until

_FAILS = "def handler(event, context):\n    print('tried', event)\n    raise ValueError('no')\n"
_WORKS = "def handler(event, context):\n    print('got', __import__('json').dumps(event))\n    return {'ok': True}\n"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """Functions of a platform whose business time these tests move."""
    live = Live(short_folder() / "home").start()
    made = Functions(live)
    live.client("s3").create_bucket(Bucket="outcomes")
    yield made
    live.clear()


def _move(live: Live, seconds: int) -> None:
    home = ClientHome(live.home.path)
    ask(home.running(), home.identity(), "POST", "/_clary/clock", {"by": seconds})


def _records(functions: Functions, name: str) -> list[dict[str, Any]]:
    s3 = functions.live.client("s3")
    found = s3.list_objects_v2(Bucket="outcomes", Prefix=f"aws/lambda/async/{name}/").get("Contents", [])
    return [json.loads(s3.get_object(Bucket="outcomes", Key=one["Key"])["Body"].read()) for one in found]


def _said(functions: Functions, name: str, text: str) -> int:
    """Return how many events of a function's log hold a text."""
    logs = functions.live.client("logs")
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return 0
    return sum(text in event["message"] for event in found)


def _to_bucket(functions: Functions, name: str, **more: Any) -> None:
    config = {"OnFailure": {"Destination": "arn:aws:s3:::outcomes"}}
    functions.client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=config, **more)


def test_an_event_is_accepted_and_dealt_with(own: Functions) -> None:
    name = own.create(_WORKS)
    _, answer = own.ask(name, {"a": 1}, InvocationType="Event")
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    until(lambda: _said(own, name, 'got {"a": 1}') == 1)


def test_a_success_is_told_to_another_function(own: Functions) -> None:
    told, name = own.create(_WORKS), own.create(_WORKS)
    arn = own.client.get_function_configuration(FunctionName=told)["FunctionArn"]
    config = {"OnSuccess": {"Destination": arn}}
    own.client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=config)
    own.ask(name, {"a": 2}, InvocationType="Event")
    until(lambda: _said(own, told, '"condition": "Success"') == 1)
    assert _said(own, told, '"responsePayload": {"ok": true}') == 1


def test_functions_that_tell_each_other_are_stopped(own: Functions) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html: after 16 times."""
    names = [own.create(_WORKS), own.create(_WORKS)]
    for name, other in (names, names[::-1]):
        arn = own.client.get_function_configuration(FunctionName=other)["FunctionArn"]
        config = {"OnSuccess": {"Destination": arn}}
        own.client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=config)
    own.ask(names[0], {}, InvocationType="Event")
    until(lambda: _said(own, names[1], "START RequestId") == 16, 20)
    until(lambda: "was ended" in (own.live.home.path / "log" / "gateway.log").read_text())
    assert _said(own, names[0], "START RequestId") == 16


def test_errors_are_tried_twice_more_in_business_time(own: Functions) -> None:
    name = own.create(_FAILS)
    _to_bucket(own, name)
    own.ask(name, {"b": 1}, InvocationType="Event")
    for attempt in (1, 2, 3):
        until(lambda attempt=attempt: _said(own, name, "tried") == attempt)
        assert _records(own, name) == [] or attempt == 3
        _move(own.live, 60 * attempt + 1)
    until(lambda: len(_records(own, name)) == 1)
    (record,) = _records(own, name)
    about = record["requestContext"]
    assert (about["condition"], about["approximateInvokeCount"]) == ("RetriesExhausted", 3)
    assert about["functionArn"].endswith(f":function:{name}:$LATEST")
    assert record["requestPayload"] == {"b": 1}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "no"


def test_an_event_that_would_be_too_old_is_not_tried_again(own: Functions) -> None:
    """Recorded: test_maxeventage."""
    name = own.create(_FAILS)
    _to_bucket(own, name, MaximumEventAgeInSeconds=60)
    own.ask(name, {"c": 1}, InvocationType="Event")
    until(lambda: len(_records(own, name)) == 1)
    about = _records(own, name)[0]["requestContext"]
    assert (about["condition"], about["approximateInvokeCount"]) == ("EventAgeExceeded", 1)


def test_what_was_accepted_survives_the_gateway(own: Functions) -> None:
    """Nothing acknowledged is lost: the process that has the pool is killed while it deals with an event."""
    name = own.create(
        "import time\ndef handler(event, context):\n    time.sleep(event['s'])\n    print('done')\n",
        Timeout=30,
    )
    own.ask(name, {"s": 3}, InvocationType="Event")
    gateway = own.live.process("gateway")
    assert gateway is not None
    gateway.kill()
    until(own.live.healthy, 20)
    _move(own.live, 1300)
    until(lambda: _said(own, name, "done") >= 1, 20)


def test_a_dead_letter_queue_and_a_destination_of_failures(own: Functions) -> None:
    """Recorded: test_dead_letter_queue, test_retries. The letter is the event itself, with what went wrong beside it."""
    sqs = own.live.client("sqs")
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("letters", "failures")]
    arns = [
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for url in urls
    ]
    name = own.create(_FAILS, DeadLetterConfig={"TargetArn": arns[0]})
    config = {"OnFailure": {"Destination": arns[1]}}
    own.client.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=config
    )
    _, answer = own.ask(name, {"d": 1}, InvocationType="Event")
    letter, failure = (
        sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"], AttributeNames=["AWSTraceHeader"]
        )["Messages"][0]
        for url in urls
    )
    assert json.loads(letter["Body"]) == {"d": 1}
    said = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
    id = answer["ResponseMetadata"]["RequestId"]
    assert said == {"RequestID": id, "ErrorCode": "200", "ErrorMessage": "no"}
    assert "Lineage=" in failure["Attributes"]["AWSTraceHeader"]
    record = json.loads(failure["Body"])["requestContext"]
    assert (record["requestId"], record["condition"]) == (id, "RetriesExhausted")
