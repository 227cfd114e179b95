"""Buses and their policies, through boto3. Recorded answers of AWS: events/test_events."""

from __future__ import annotations

import json
from typing import Any

from tests.services.events.conftest import refused


def test_the_life_of_a_bus(events: Any) -> None:
    arn = events.create_event_bus(Name="b", Description="d")["EventBusArn"]
    assert events.describe_event_bus(Name="b")["Arn"] == arn
    assert events.describe_event_bus(Name=arn)["Description"] == "d"
    assert refused(events, "create_event_bus", Name="b") == (
        "ResourceAlreadyExistsException",
        "Event bus b already exists.",
    )
    assert events.update_event_bus(Name="b", Description="e")["Description"] == "e"
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["b", "default"]
    assert [bus["Name"] for bus in events.list_event_buses(NamePrefix="b")["EventBuses"]] == ["b"]
    events.delete_event_bus(Name="b")
    events.delete_event_bus(Name="b")
    assert refused(events, "describe_event_bus", Name="b") == (
        "ResourceNotFoundException",
        "Event bus b does not exist.",
    )


def test_the_default_bus_is_there(events: Any) -> None:
    assert events.describe_event_bus()["Name"] == "default"
    assert refused(events, "delete_event_bus", Name="default")[1] == "Cannot delete event bus default."


def test_pages(events: Any) -> None:
    for n in range(4):
        events.create_event_bus(Name=f"p-{n}")
    first = events.list_event_buses(NamePrefix="p-", Limit=3)
    assert len(first["EventBuses"]) == 3
    rest = events.list_event_buses(NamePrefix="p-", Limit=3, NextToken=first["NextToken"])
    assert [bus["Name"] for bus in rest["EventBuses"]] == ["p-3"]


def test_permissions_are_statements_of_its_policy(events: Any) -> None:
    bus = events.describe_event_bus()["Arn"]
    one = {"Action": "events:PutEvents", "Principal": "444455556666", "StatementId": "s1"}
    events.put_permission(**one)
    events.put_permission(**{**one, "Principal": "*", "StatementId": "s2"})
    policy = json.loads(events.describe_event_bus()["Policy"])
    assert policy["Statement"][0] == {
        "Sid": "s1",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
        "Action": "events:PutEvents",
        "Resource": bus,
    }
    assert policy["Statement"][1]["Principal"] == "*"
    events.remove_permission(StatementId="s1")
    assert refused(events, "remove_permission", StatementId="s1") == (
        "ResourceNotFoundException",
        "Statement with the provided id does not exist.",
    )
    events.remove_permission(RemoveAllPermissions=True)
    assert "Policy" not in events.describe_event_bus()
    assert refused(events, "put_permission", EventBusName="no", **one)[1] == "Event bus no does not exist."


def test_another_account_puts_events_where_the_policy_lets_it(events: Any, other_account: Any) -> None:
    bus = events.create_event_bus(Name="b")["EventBusArn"]
    theirs = other_account("events")
    entry = {"Source": "s", "DetailType": "d", "Detail": "{}", "EventBusName": bus}
    assert refused(theirs, "put_events", Entries=[entry])[0] == "AccessDeniedException"
    account = other_account("sts").get_caller_identity()["Account"]
    events.put_permission(EventBusName="b", Action="events:PutEvents", Principal=account, StatementId="s")
    assert theirs.put_events(Entries=[entry])["FailedEntryCount"] == 0
