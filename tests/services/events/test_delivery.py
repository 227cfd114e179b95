"""PutEvents to targets, through boto3. Recorded answers of AWS: events/test_events, test_events_inputs, test_events_targets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.services.events.delivery import dead_letters, worker
from tests.services.events.conftest import to_logs
from tests.support.principals import allow, role, trust

Client = Callable[..., Any]
Received = Callable[[str], list[Any]]

DETAIL = {"command": "update-account", "payload": {"acc_id": "0a787ecb-4015", "sf_id": "baz"}}
PATTERN = {"source": ["my.app"], "detail": {"command": ["update-account"]}}
ENTRY = {
    "Source": "my.app",
    "DetailType": "Account Update",
    "Detail": json.dumps(DETAIL),
    "Resources": ["r1"],
}


def rule(events: Any, target: str, bus: str = "default", name: str = "r", **of_target: Any) -> str:
    arn = events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(PATTERN))["RuleArn"]
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "t", "Arn": target, **of_target}])
    return arn


def put(events: Any, **members: Any) -> dict[str, Any]:
    return events.put_events(Entries=[{**ENTRY, **members}])


def test_an_event_reaches_the_targets_of_the_rules_that_match(
    client: Client, events: Any, received: Received
) -> None:
    group = to_logs(client, "g")
    rule(events, group)
    answer = put(events)
    assert answer["FailedEntryCount"] == 0
    put(events, Source="other")
    (event,) = received("g")
    account = client("sts").get_caller_identity()["Account"]
    assert event.pop("time").endswith("Z")
    assert event == {
        "version": "0",
        "id": answer["Entries"][0]["EventId"],
        "detail-type": "Account Update",
        "source": "my.app",
        "account": account,
        "region": "us-east-1",
        "resources": ["r1"],
        "detail": DETAIL,
    }
    assert list(event)[:4] == ["version", "id", "detail-type", "source"]


def test_each_bus_has_its_own_rules(client: Client, events: Any, received: Received) -> None:
    group = to_logs(client, "g")
    events.create_event_bus(Name="mine")
    rule(events, group, bus="mine")
    put(events)
    assert received("g") == []
    put(events, EventBusName="mine")
    assert len(received("g")) == 1


def test_a_bus_takes_nothing_from_a_rule_without_a_right(
    client: Client, events: Any, received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    group = to_logs(client, "g")
    rule(events, events.create_event_bus(Name="other")["EventBusArn"])
    rule(events, group, bus="other")
    put(events)
    assert received("g") == []
    assert "is not authorized to perform: events:PutEvents" in caplog.text


class TestQueues:
    """A queue as a target and as a dead-letter queue: its policy lets EventBridge in, on behalf of the rule."""

    @pytest.fixture
    def sqs(self, client: Client) -> Any:
        return client("sqs")

    def queue(self, sqs: Any, name: str, **attributes: str) -> tuple[str, str]:
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {**allow("sqs:SendMessage", arn), "Principal": {"Service": "events.amazonaws.com"}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
        return url, arn

    def messages(self, sqs: Any, url: str) -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return found.get("Messages", [])

    def test_a_queue_gets_the_event(self, sqs: Any, events: Any, deliver: Callable[[], None]) -> None:
        url, arn = self.queue(sqs, "q")
        rule(events, arn)
        id = put(events)["Entries"][0]["EventId"]
        deliver()
        (message,) = self.messages(sqs, url)
        assert json.loads(message["Body"])["id"] == id

    def test_a_group_of_a_fifo_queue(self, sqs: Any, events: Any, deliver: Callable[[], None]) -> None:
        attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        url, arn = self.queue(sqs, "q.fifo", **attributes)
        rule(events, arn, SqsParameters={"MessageGroupId": "g"})
        put(events)
        deliver()
        assert len(self.messages(sqs, url)) == 1

    def test_what_cannot_be_delivered_is_a_dead_letter(
        self, client: Client, sqs: Any, events: Any, deliver: Callable[[], None]
    ) -> None:
        """eb-rule-dlq: "Considerations", and the attributes of the message."""
        url, arn = self.queue(sqs, "dead")
        gone = to_logs(client, "g").replace(":g", ":gone")
        arn_of_rule = rule(events, gone, DeadLetterConfig={"Arn": arn})
        put(events)
        deliver()
        (message,) = self.messages(sqs, url)
        said = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
        assert said["RULE_ARN"] == arn_of_rule
        assert said["TARGET_ARN"] == gone
        assert said["ERROR_CODE"] == "NO_RESOURCE"
        assert said["RETRY_ATTEMPTS"] == "0"
        assert json.loads(message["Body"])["detail"] == DETAIL

    def test_a_dead_letter_waits_for_its_queue(
        self,
        client: Client,
        sqs: Any,
        events: Any,
        deliver: Callable[[], None],
        clock: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        url, arn = self.queue(sqs, "dead")
        gone = to_logs(client, "g").replace(":g", ":gone")
        rule(events, gone, DeadLetterConfig={"Arn": arn})

        async def fails(*args: Any) -> None:
            raise AwsError("ServiceUnavailable", "not now", 503)

        with monkeypatch.context() as patched:
            patched.setattr(dead_letters, "_send", fails)
            put(events)
            deliver()
        assert self.messages(sqs, url) == []
        clock.advance(60)
        deliver()
        assert len(self.messages(sqs, url)) == 1

    def test_a_queue_that_lets_nobody_in_is_given_up(
        self, sqs: Any, events: Any, deliver: Callable[[], None]
    ) -> None:
        url, arn = self.queue(sqs, "q")
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
        dead, dead_arn = self.queue(sqs, "dead")
        rule(events, arn, DeadLetterConfig={"Arn": dead_arn})
        put(events)
        deliver()
        assert self.messages(sqs, url) == []
        (message,) = self.messages(sqs, dead)
        assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


def test_a_disabled_rule_delivers_nothing(client: Client, events: Any, received: Received) -> None:
    rule(events, to_logs(client, "g"))
    events.disable_rule(Name="r")
    put(events)
    assert received("g") == []
    events.enable_rule(Name="r")
    put(events)
    assert len(received("g")) == 1


def test_an_event_goes_on_from_bus_to_bus_as_it_is(client: Client, events: Any, received: Received) -> None:
    group = to_logs(client, "g")
    other = events.create_event_bus(Name="other")["EventBusArn"]
    sender = role(
        client, trust({"Service": "events.amazonaws.com"}), allow("events:PutEvents"), name="sender"
    )
    rule(events, other, RoleArn=sender)
    rule(events, group, bus="other")
    id = put(events)["Entries"][0]["EventId"]
    assert [event["id"] for event in received("g")] == [id]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Input": '{"a": 1}'}, {"a": 1}),
        ({"InputPath": "$.detail"}, DETAIL),
        ({"InputPath": "$.detail.payload.sf_id"}, "baz"),
        (
            {"InputTransformer": {"InputPathsMap": {"c": "$.detail.command"}, "InputTemplate": '{"c": <c>}'}},
            {"c": "update-account"},
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"c": "$.gone"}, "InputTemplate": '{"c": <c>}'}},
            {"c": ""},
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {
                        "t": "$.detail-type",
                        "p": "$.detail.payload",
                        "u": "$.detail.payload.acc_id",
                    },
                    "InputTemplate": '"Event of <t>: <p> users/<u>"',
                }
            },
            "Event of Account Update: {acc_id:0a787ecb-4015,sf_id:baz} users/0a787ecb-4015",
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"l": "$.resources"},
                    "InputTemplate": '{"list": <l>, "text": "x <l>", "rule": "<aws.events.rule-name>"}',
                }
            },
            {"list": ["r1"], "text": "x [r1]", "rule": "r"},
        ),
    ],
)
def test_inputs(
    client: Client, events: Any, received: Received, given: dict[str, Any], expected: Any
) -> None:
    rule(events, to_logs(client, "g"), **given)
    put(events)
    assert received("g") == [expected]


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"DetailType": ""},
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
        ),
        ({"Detail": "[1]"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '"text"'}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "{"}, "MalformedDetail", "Detail is malformed."),
        ({"Source": "aws.s3"}, "NotAuthorizedForSourceException", "Not authorized for the source."),
    ],
)
def test_entries_that_are_no_events(events: Any, changes: dict[str, Any], code: str, message: str) -> None:
    answer = events.put_events(Entries=[{**ENTRY, **changes}, ENTRY])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0] == {"ErrorCode": code, "ErrorMessage": message}
    assert "EventId" in answer["Entries"][1]


def test_the_entries_of_a_request_are_bounded(events: Any) -> None:
    with pytest.raises(events.exceptions.ClientError, match="over the limit"):
        put(events, Detail=json.dumps({"x": "y" * (256 * 1024)}))
    with pytest.raises(events.exceptions.ClientError, match="10"):
        events.put_events(Entries=[ENTRY] * 11)


def test_a_schedule_sends_an_event_of_its_own(
    client: Client, events: Any, received: Received, controllers: Any, clock: Any
) -> None:
    group = to_logs(client, "g")
    arn = events.put_rule(Name="tick", ScheduleExpression="rate(5 minutes)")["RuleArn"]
    events.put_targets(Rule="tick", Targets=[{"Id": "t", "Arn": group}])
    controllers.once()
    assert received("g") == []
    clock.advance(301)
    controllers.once()
    (event,) = received("g")
    assert (event["source"], event["detail-type"], event["resources"], event["detail"]) == (
        "aws.events",
        "Scheduled Event",
        [arn],
        {},
    )
    clock.advance(100)
    controllers.once()
    assert len(received("g")) == 1


def test_a_target_that_is_gone_is_given_up_and_another_gets_its_event(
    client: Client, events: Any, received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    group = to_logs(client, "g")
    rule(events, group)
    rule(events, group.replace(":g", ":gone"), name="r2")
    put(events)
    assert len(received("g")) == 1
    assert "was not delivered" in caplog.text


def test_what_fails_is_tried_again_later(
    client: Client, events: Any, received: Received, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:

    rule(events, to_logs(client, "g"), RetryPolicy={"MaximumRetryAttempts": 1})
    tried: list[str] = []

    async def fails(*args: Any) -> None:
        tried.append(args[2])
        raise AwsError("ServiceUnavailable", "not now", 503)

    with monkeypatch.context() as patched:
        patched.setattr(worker, "deliver", fails)
        put(events)
        assert received("g") == []
        assert received("g") == []
    clock.advance(60)
    assert len(received("g")) == 1
    assert len(tried) == 1
