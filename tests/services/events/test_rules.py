"""Rules and their targets, through boto3. Recorded answers of AWS: events/test_events, test_events_schedule."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.events.conftest import refused, to_logs

Client = Callable[..., Any]
PATTERN = json.dumps({"source": ["a"]})


def test_the_life_of_a_rule(events: Any) -> None:
    arn = events.put_rule(Name="r", EventPattern=PATTERN, Description="d")["RuleArn"]
    account = arn.split(":")[4]
    assert arn == f"arn:aws:events:us-east-1:{account}:rule/r"
    shown = events.describe_rule(Name="r")
    shown.pop("ResponseMetadata")
    assert shown == {
        "Name": "r",
        "Arn": arn,
        "EventPattern": PATTERN,
        "State": "ENABLED",
        "Description": "d",
        "EventBusName": "default",
        "CreatedBy": account,
    }
    events.disable_rule(Name="r")
    assert events.describe_rule(Name="r")["State"] == "DISABLED"
    events.put_rule(Name="r", EventPattern=PATTERN)
    assert "Description" not in events.describe_rule(Name="r")
    assert [rule["Name"] for rule in events.list_rules(NamePrefix="r")["Rules"]] == ["r"]
    assert events.list_rules(NamePrefix="x")["Rules"] == []
    events.delete_rule(Name="r")
    events.delete_rule(Name="r")
    assert refused(events, "describe_rule", Name="r") == (
        "ResourceNotFoundException",
        "Rule r does not exist on EventBus default.",
    )


def test_a_rule_of_another_bus_has_its_name_in_the_arn(events: Any) -> None:
    bus = events.create_event_bus(Name="b")["EventBusArn"]
    arn = events.put_rule(Name="r", EventBusName=bus, EventPattern=PATTERN)["RuleArn"]
    assert arn.endswith(":rule/b/r")
    assert (
        refused(events, "delete_event_bus", Name="b")[1] == "Event bus can't be deleted since it has rules."
    )
    assert refused(events, "put_rule", Name="r", EventBusName="no", EventPattern=PATTERN) == (
        "ResourceNotFoundException",
        "Event bus no does not exist.",
    )


def test_pages(events: Any) -> None:
    for name in "abcde":
        events.put_rule(Name=name, EventPattern=PATTERN)
    first = events.list_rules(Limit=3)
    assert [rule["Name"] for rule in first["Rules"]] == ["a", "b", "c"]
    rest = events.list_rules(Limit=3, NextToken=first["NextToken"])
    assert [rule["Name"] for rule in rest["Rules"]] == ["d", "e"]
    assert "NextToken" not in rest


@pytest.mark.parametrize(
    "expression", ["cron(71 8 1 * ? *)", "cron(INVALID)", "rate(0 minutes)", "at(2030-01-01T00:00:00)"]
)
def test_schedules_that_cannot_be(events: Any, expression: str) -> None:
    assert refused(events, "put_rule", Name="r", ScheduleExpression=expression) == (
        "ValidationException",
        "Parameter ScheduleExpression is not valid.",
    )


def test_a_schedule_is_for_the_default_bus(events: Any) -> None:
    events.create_event_bus(Name="b")
    said = refused(events, "put_rule", Name="r", EventBusName="b", ScheduleExpression="rate(1 day)")
    assert said[1] == "ScheduleExpression is supported only on the default event bus."


def test_a_pattern_that_cannot_be_read(events: Any) -> None:
    code, message = refused(events, "put_rule", Name="r", EventPattern='{"source": []}')
    assert code == "InvalidEventPatternException"
    assert message.startswith(
        "Event pattern is not valid. Reason: Empty arrays are not allowed\n at [Source: "
    )


def test_the_life_of_targets(client: Client, events: Any) -> None:
    group = to_logs(client, "g")
    events.put_rule(Name="r", EventPattern=PATTERN)
    targets = [{"Id": str(n), "Arn": group} for n in range(5)]
    answer = events.put_targets(Rule="r", Targets=targets)
    assert (answer["FailedEntryCount"], answer["FailedEntries"]) == (0, [])
    assert events.list_targets_by_rule(Rule="r")["Targets"] == targets
    first = events.list_targets_by_rule(Rule="r", Limit=3)
    assert len(events.list_targets_by_rule(Rule="r", NextToken=first["NextToken"])["Targets"]) == 2
    assert refused(events, "put_targets", Rule="r", Targets=[{"Id": "x", "Arn": group}]) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )
    assert events.list_rule_names_by_target(TargetArn=group)["RuleNames"] == ["r"]
    assert refused(events, "delete_rule", Name="r")[1] == "Rule can't be deleted since it has targets."
    events.put_rule(Name="r", EventPattern=PATTERN)
    assert len(events.list_targets_by_rule(Rule="r")["Targets"]) == 5
    events.remove_targets(Rule="r", Ids=[str(n) for n in range(5)])
    events.delete_rule(Name="r")


def test_targets_that_cannot_be(client: Client, events: Any) -> None:
    group = to_logs(client, "g")
    events.put_rule(Name="r", EventPattern=PATTERN)

    def put(**target: Any) -> tuple[str, str]:
        return refused(events, "put_targets", Rule="r", Targets=[{"Id": "t", **target}])

    assert put(Arn="x")[1] == "Parameter x is not valid. Reason: Provided Arn is not in correct format."
    assert put(Arn="arn:aws:ecs:us-east-1:111122223333:cluster/c")[0] == "NotImplemented"
    assert put(Arn=group, Input="{")[1].startswith("JSON syntax error in input for target t")
    transformer = {"InputPathsMap": {}, "InputTemplate": "<notdefinedkey>"}
    assert put(Arn=group, InputTransformer=transformer)[1] == (
        "InputTemplate for target t contains invalid placeholder notdefinedkey."
    )
    assert put(Arn=group, Input="{}", InputPath="$.a")[0] == "ValidationException"
    pipeline = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/p"
    assert put(Arn=pipeline)[1] == f"RoleArn is required for target {pipeline}."


def test_tags_of_buses_and_rules(events: Any) -> None:
    tags = [{"Key": "k", "Value": "v"}]
    rule = events.put_rule(Name="r", EventPattern=PATTERN, Tags=tags)["RuleArn"]
    bus = events.create_event_bus(Name="b", Tags=tags)["EventBusArn"]
    default = rule.replace("rule/r", "event-bus/default")
    events.tag_resource(ResourceARN=default, Tags=tags)
    for arn in (rule, bus, default):
        assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags
        events.untag_resource(ResourceARN=arn, TagKeys=["k", "gone"])
        assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    assert refused(events, "tag_resource", ResourceARN=f"{rule}x", Tags=tags) == (
        "ResourceNotFoundException",
        "Rule rx does not exist on EventBus default.",
    )


def test_an_event_of_an_aws_account_is_tested(events: Any) -> None:
    event = {
        "id": "1", "account": "1", "source": "a", "time": "t", "region": "r", "resources": [], "detail-type": "d",
    }  # fmt: skip
    assert events.test_event_pattern(EventPattern=PATTERN, Event=json.dumps(event))["Result"] is True
    other = json.dumps({**event, "source": "b"})
    assert events.test_event_pattern(EventPattern=PATTERN, Event=other)["Result"] is False
    for text in ("x", "[]"):
        assert refused(events, "test_event_pattern", EventPattern=PATTERN, Event=text) == (
            "ValidationException",
            "Parameter Event is not valid.",
        )
