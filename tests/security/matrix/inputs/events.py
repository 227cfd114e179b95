"""EventBridge. Names mean those of the caller's account and region; a bus that is named by its ARN is its owner's."""

from __future__ import annotations

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World

PATTERN = '{"source": ["hush"]}'


def bus(w: World) -> str:
    """A new bus of the owner's, by its ARN."""
    name = w.fresh("b")
    return w.client("events").create_event_bus(Name=name, Description=MARKER)["EventBusArn"]


def the_bus(w: World) -> str:
    return w.once("bus", bus)


def named(arn: str) -> str:
    """Return the name of a bus, for operations that take no ARN."""
    return arn.rpartition("/")[2]


def rule(w: World) -> Params:
    """A new rule with a target on a bus of the owner's."""
    events, name, arn = w.client("events"), w.fresh("r"), the_bus(w)
    events.put_rule(Name=name, EventBusName=arn, EventPattern=PATTERN, Description=MARKER)
    return {"Name": name, "EventBusName": arn}


def with_target(w: World) -> Params:
    made = rule(w)
    given = {"Rule": made["Name"], "EventBusName": made["EventBusName"]}
    w.client("events").put_targets(**given, Targets=[target(w)])
    return given


def target(w: World) -> Params:
    return {"Id": "t", "Arn": the_bus(w), "Input": f'"{MARKER}"'}


def permission(w: World) -> Params:
    return {
        "EventBusName": named(the_bus(w)), "Action": "events:PutEvents", "Principal": "123456789012", "StatementId": w.fresh("s"),
    }  # fmt: skip


def permitted(w: World) -> Params:
    given = permission(w)
    w.client("events").put_permission(**given)
    return {"EventBusName": given["EventBusName"], "StatementId": given["StatementId"]}


def entry(w: World) -> Params:
    return {"Source": "s", "DetailType": "d", "Detail": "{}", "EventBusName": the_bus(w)}


EVENT = '{"id": "1", "account": "1", "source": "hush", "time": "t", "region": "r", "resources": [], "detail-type": "d"}'

CASES = {
    "CreateEventBus": Case(lambda w: {"Name": w.fresh("b")}, Outcome.OWN),
    "DeleteEventBus": Case(lambda w: {"Name": named(bus(w))}, Outcome.OWN),
    "DeleteRule": Case(rule),
    "DescribeEventBus": Case(lambda w: {"Name": the_bus(w)}),
    "DescribeRule": Case(rule),
    "DisableRule": Case(rule),
    "EnableRule": Case(rule),
    "ListEventBuses": Case(lambda w: {}, Outcome.OWN),
    "ListRuleNamesByTarget": Case(lambda w: {"TargetArn": the_bus(w), "EventBusName": the_bus(w)}),
    "ListRules": Case(lambda w: {"EventBusName": the_bus(w)}),
    "ListTagsForResource": Case(lambda w: {"ResourceARN": the_bus(w)}),
    "ListTargetsByRule": Case(with_target),
    "PutEvents": Case(lambda w: {"Entries": [entry(w)]}),
    "PutPermission": Case(permission, Outcome.MISSING),
    "PutRule": Case(
        lambda w: {"Name": w.fresh("r"), "EventBusName": the_bus(w), "EventPattern": PATTERN},
    ),
    "PutTargets": Case(
        lambda w: {
            "Rule": rule(w)["Name"],
            "EventBusName": the_bus(w),
            "Targets": [target(w)],
        },
    ),
    "RemovePermission": Case(permitted, Outcome.MISSING),
    "RemoveTargets": Case(lambda w: {**with_target(w), "Ids": ["t"]}),
    "TagResource": Case(lambda w: {"ResourceARN": the_bus(w), "Tags": [{"Key": "a", "Value": "b"}]}),
    "TestEventPattern": Case(lambda w: {"EventPattern": PATTERN, "Event": EVENT}, Outcome.OPEN),
    "UntagResource": Case(lambda w: {"ResourceARN": the_bus(w), "TagKeys": ["a"]}),
    "UpdateEventBus": Case(lambda w: {"Name": named(the_bus(w)), "Description": "d"}, Outcome.MISSING),
}
