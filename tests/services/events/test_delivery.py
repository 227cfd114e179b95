"""PutEvents to targets, through boto3. Recorded answers of AWS: events/test_events, test_events_inputs, test_events_targets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

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
    from clary.kernel import AwsError
    from clary.services.events.delivery import worker

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
