"""State machines, versions, aliases, tags, logging configurations
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.stepfunctions.bench import Bench, passes, single

Client = Callable[..., Any]


def test_the_same_request_again_returns_the_same(bench: Bench) -> None:
    asked = {"name": "m", "definition": json.dumps(passes(1)), "roleArn": bench.role}
    first = bench.sfn.create_state_machine(**asked)
    assert bench.sfn.create_state_machine(**asked)["creationDate"] == first["creationDate"]
    with pytest.raises(ClientError, match=r"StateMachineAlreadyExists.*State Machine Already Exists: 'arn"):
        bench.sfn.create_state_machine(**{**asked, "definition": json.dumps(passes(2))})
    shown = bench.sfn.describe_state_machine(stateMachineArn=first["stateMachineArn"])
    assert (shown["type"], shown["status"], shown["tracingConfiguration"]) == (
        "STANDARD",
        "ACTIVE",
        {"enabled": False},
    )
    assert shown["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert "revisionId" not in shown


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "a b"}, "InvalidName.*Invalid Name: 'a b'"),
        ({"definition": "{}"}, r"InvalidDefinition.*These fields are required: \[States, StartAt\] at /"),
        (
            {"roleArn": "arn:aws:iam::111122223333:role/Nope"},
            "AccessDeniedException.*is authorized to assume the provided role",
        ),
        (
            {"versionDescription": "x"},
            "ValidationException.*Version description can only be set when publish is true",
        ),
        ({"tracingConfiguration": {"enabled": True}}, "NotImplemented.*tracingConfiguration.enabled"),
        (
            {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}},
            "NotImplemented.*encryptionConfiguration.kmsKeyId",
        ),
        (
            {"loggingConfiguration": {"level": "ALL"}},
            "InvalidLoggingConfiguration.*Must specify exactly one Log Destination",
        ),
    ],
)
def test_what_create_refuses(bench: Bench, change: dict[str, Any], message: str) -> None:
    asked = {"name": "m", "definition": json.dumps(passes(1)), "roleArn": bench.role, **change}
    with pytest.raises(ClientError, match=message):
        bench.sfn.create_state_machine(**asked)
    assert bench.sfn.list_state_machines()["stateMachines"] == []


def test_an_update_makes_a_revision(bench: Bench) -> None:
    arn = bench.machine(passes(1))
    updated = bench.sfn.update_state_machine(
        stateMachineArn=arn, definition=json.dumps(passes(2)), publish=True
    )
    assert updated["stateMachineVersionArn"] == f"{arn}:1"
    shown = bench.sfn.describe_state_machine(stateMachineArn=arn)
    assert (shown["revisionId"], json.loads(shown["definition"])) == (updated["revisionId"], passes(2))
    same = bench.sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(passes(2)), publish=True)
    assert (same["revisionId"], same["stateMachineVersionArn"]) == (updated["revisionId"], f"{arn}:1")
    with pytest.raises(ClientError, match=r"MissingRequiredParameter.*Either the definition, the role ARN"):
        bench.sfn.update_state_machine(stateMachineArn=arn)


def test_versions_do_not_change(bench: Bench) -> None:
    arn = bench.machine(passes(1))
    first = bench.sfn.publish_state_machine_version(stateMachineArn=arn, description="one")
    assert (
        bench.sfn.publish_state_machine_version(stateMachineArn=arn)["creationDate"] == first["creationDate"]
    )
    bench.sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(passes(2)))
    second = bench.sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    shown = bench.sfn.describe_state_machine(stateMachineArn=f"{arn}:1")
    assert (json.loads(shown["definition"]), shown["description"], shown["stateMachineArn"]) == (
        passes(1),
        "one",
        f"{arn}:1",
    )
    listed = bench.sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [one["stateMachineVersionArn"] for one in listed] == [second, f"{arn}:1"]
    bench.sfn.delete_state_machine_version(stateMachineVersionArn=second)
    bench.sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(passes(3)))
    third = bench.sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    assert third == f"{arn}:3"  # numbers are not given again
    with pytest.raises(ClientError, match="ConflictException"):
        bench.sfn.publish_state_machine_version(stateMachineArn=arn, revisionId="other")


def test_an_alias_leads_to_a_version(bench: Bench) -> None:
    arn = bench.machine(single({"Type": "Pass", "Result": 1}), publish=True)
    bench.sfn.update_state_machine(
        stateMachineArn=arn, definition=json.dumps(single({"Type": "Pass", "Result": 2})), publish=True
    )
    routing = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    alias = bench.sfn.create_state_machine_alias(name="live", routingConfiguration=routing)[
        "stateMachineAliasArn"
    ]
    assert alias == f"{arn}:live"
    end = bench.end(bench.sfn.start_execution(stateMachineArn=alias)["executionArn"])
    assert (end["output"], end["stateMachineAliasArn"], end["stateMachineVersionArn"]) == (
        1,
        alias,
        f"{arn}:1",
    )
    bench.sfn.update_state_machine_alias(
        stateMachineAliasArn=alias,
        routingConfiguration=[{"stateMachineVersionArn": f"{arn}:2", "weight": 100}],
    )
    assert bench.end(bench.sfn.start_execution(stateMachineArn=alias)["executionArn"])["output"] == 2
    assert len(bench.sfn.list_executions(stateMachineArn=alias)["executions"]) == 2
    assert len(bench.sfn.list_executions(stateMachineArn=f"{arn}:2")["executions"]) == 1
    with pytest.raises(
        ClientError, match=r"ConflictException.*Current list of aliases referencing this version: \[live\]"
    ):
        bench.sfn.delete_state_machine_version(stateMachineVersionArn=f"{arn}:2")
    listed = bench.sfn.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"]
    assert [one["stateMachineAliasArn"] for one in listed] == [alias]
    bench.sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    with pytest.raises(
        ClientError, match=r"ResourceNotFound.*Request references a resource that does not exist"
    ):
        bench.sfn.describe_state_machine_alias(stateMachineAliasArn=alias)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            [(":1", 70), (":2", 29)],
            r"Sum of routing configuration weights must equal 100. Received: \[70, 29\]",
        ),
        ([(":1", 50), (":1", 50)], "must contain distinct state machine version ARNs. Received: "),
        ([("", 50), (":2", 50)], "must contain state machine version ARNs. Received: "),
    ],
)
def test_what_an_alias_refuses(bench: Bench, weights: list[tuple[str, int]], message: str) -> None:
    """test_error_create_alias_invalid_router_configs of the recordings."""
    arn = bench.machine(passes(1), publish=True)
    routing = [{"stateMachineVersionArn": f"{arn}{end}", "weight": weight} for end, weight in weights]
    with pytest.raises(ClientError, match=message):
        bench.sfn.create_state_machine_alias(name="live", routingConfiguration=routing)


def test_an_alias_of_the_same_name(bench: Bench) -> None:
    arn = bench.machine(passes(1), publish=True)
    asked = {"name": "live", "routingConfiguration": [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]}
    first = bench.sfn.create_state_machine_alias(**asked)
    assert bench.sfn.create_state_machine_alias(**asked)["creationDate"] == first["creationDate"]
    with pytest.raises(
        ClientError, match="an alias with the same name and a different routing configuration already exists"
    ):
        bench.sfn.create_state_machine_alias(**asked, description="other")


def test_tags(bench: Bench) -> None:
    arn = bench.machine(passes(1), tags=[{"key": "a", "value": "1"}], publish=True)
    bench.sfn.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": ""}])
    bench.sfn.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert bench.sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": ""}]
    with pytest.raises(ClientError, match=r"ResourceNotFound.*Resource not found: 'arn.*:1'"):
        bench.sfn.tag_resource(resourceArn=f"{arn}:1", tags=[{"key": "b", "value": ""}])


def test_pages_of_state_machines(bench: Bench) -> None:
    for name in ("a", "b", "c"):
        bench.machine(passes(1), name=name)
        bench.clock.advance(1)
    pages = bench.sfn.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})
    assert [one["name"] for page in pages for one in page["stateMachines"]] == ["a", "b", "c"]


def test_activities(sfn: Any) -> None:
    """test_create_describe_delete_activity of the recordings."""
    made = sfn.create_activity(name="a.1", tags=[{"key": "k", "value": "v"}])
    assert sfn.create_activity(name="a.1")["creationDate"] == made["creationDate"]
    shown = sfn.describe_activity(activityArn=made["activityArn"])
    assert (shown["name"], shown["encryptionConfiguration"]) == ("a.1", {"type": "AWS_OWNED_KEY"})
    assert [one["name"] for one in sfn.list_activities()["activities"]] == ["a.1"]
    assert sfn.list_tags_for_resource(resourceArn=made["activityArn"])["tags"] == [{"key": "k", "value": "v"}]
    sfn.delete_activity(activityArn=made["activityArn"])
    sfn.delete_activity(activityArn=made["activityArn"])
    with pytest.raises(ClientError, match="ActivityDoesNotExist"):
        sfn.describe_activity(activityArn=made["activityArn"])
    with pytest.raises(ClientError, match=r"InvalidArn.*Invalid ARN prefix: no"):
        sfn.describe_activity(activityArn="no")
    for name in ("a b", "a*", "a#", "a\x00"):
        with pytest.raises(ClientError, match="InvalidName"):
            sfn.create_activity(name=name)


def logged(client: Client) -> list[dict[str, Any]]:
    found = client("logs").filter_log_events(logGroupName="flows")["events"]
    return [json.loads(one["message"]) for one in found]


def configuration(level: str, data: bool = False) -> dict[str, Any]:
    arn = "arn:aws:logs:us-east-1:111122223333:log-group:flows:*"
    return {
        "level": level,
        "includeExecutionData": data,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
    }


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_events_are_logged(bench: Bench, client: Client, kind: str) -> None:
    """test_base of test_logs in the recordings."""
    client("logs").create_log_group(logGroupName="flows")
    arn = bench.machine(passes(1), loggingConfiguration=configuration("ALL"), type=kind)
    started = bench.sfn.start_execution(stateMachineArn=arn)["executionArn"]
    bench.settle(5)
    first, entered, exited, ended = logged(client)
    assert first["details"] == {"roleArn": bench.role}
    assert entered["details"] == exited["details"] == {"name": "s0"}
    del ended["event_timestamp"]
    assert ended == {
        "id": "4", "type": "ExecutionSucceeded", "details": {}, "redrive_count": "0", "previous_event_id": "3",
        "execution_arn": started,
    }  # fmt: skip


def test_levels_of_logs(bench: Bench, client: Client) -> None:
    client("logs").create_log_group(logGroupName="flows")
    failing = {
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "Next": "F"}, "F": {"Type": "Fail", "Error": "E"}},
    }
    bench.run(failing, loggingConfiguration=configuration("ERROR", True))
    assert [one["type"] for one in logged(client)] == ["FailStateEntered", "ExecutionFailed"]
    assert logged(client)[0]["details"]["input"] == "{}"
    bench.run(failing, loggingConfiguration=configuration("FATAL"))
    assert [one["type"] for one in logged(client)].count("ExecutionFailed") == 2


def test_a_log_group_must_be_there(bench: Bench, client: Client) -> None:
    with pytest.raises(ClientError, match=r"InvalidLoggingConfiguration.*Log Destination not found"):
        bench.machine(passes(1), loggingConfiguration=configuration("ALL"))
    client("logs").create_log_group(logGroupName="flows")
    end_arn = bench.machine(passes(1), loggingConfiguration=configuration("ALL"))
    client("logs").delete_log_group(logGroupName="flows")
    assert (
        bench.end(bench.sfn.start_execution(stateMachineArn=end_arn)["executionArn"])["status"] == "SUCCEEDED"
    )
