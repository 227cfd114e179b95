"""AWS Step Functions: an input for every operation that answers. Names mean those of the caller's account and region."""

from __future__ import annotations

import json
from typing import Any

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
PASS: dict[str, Any] = {"StartAt": "S", "States": {"S": {"Type": "Pass", "End": True}}}
WAIT: dict[str, Any] = {"StartAt": "S", "States": {"S": {"Type": "Wait", "Seconds": 1000, "End": True}}}
INNER = {"StartAt": "I", "States": {"I": WAIT["States"]["S"]}}
MAP = {
    "StartAt": "S",
    "States": {
        "S": {
            "Type": "Map",
            "End": True,
            "ItemProcessor": {
                **INNER,
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            },
        }
    },
}


def role(w: World) -> str:
    """Return a role that Step Functions may take."""

    def make(w: World) -> str:
        iam = w.client("iam")
        iam.create_role(RoleName="Flows", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.attach_role_policy(RoleName="Flows", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        return iam.get_role(RoleName="Flows")["Role"]["Arn"]

    return w.once("flows", make)


def given(w: World, definition: dict[str, Any] = PASS, **more: Any) -> Params:
    """Return what a state machine is created with, by a name of its own."""
    name = w.fresh("machine")
    return {"name": name, "definition": json.dumps(definition), "roleArn": role(w), **more}


def machine(w: World, definition: dict[str, Any] = PASS, **more: Any) -> str:
    """Create a state machine as the owner; return its ARN."""
    return w.client("stepfunctions").create_state_machine(**given(w, definition, **more))["stateMachineArn"]


def version(w: World) -> str:
    """Publish a version; return its ARN."""
    asked = given(w, publish=True)
    return w.client("stepfunctions").create_state_machine(**asked)["stateMachineVersionArn"]


def routing(w: World) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": version(w), "weight": 100}]


def alias(w: World) -> str:
    """Create an alias; return its ARN."""
    made = w.client("stepfunctions").create_state_machine_alias(name="live", routingConfiguration=routing(w))
    return made["stateMachineAliasArn"]


def execution(w: World, definition: dict[str, Any] = WAIT) -> str:
    """Begin an execution; return its ARN."""
    arn = machine(w, definition)
    started = w.client("stepfunctions").start_execution(
        stateMachineArn=arn, input=json.dumps({"said": MARKER})
    )
    return started["executionArn"]


def stopped(w: World) -> str:
    """Begin an execution and stop it."""
    arn = execution(w)
    w.client("stepfunctions").stop_execution(executionArn=arn)
    return arn


def activity(w: World) -> str:
    """Create an activity; return its ARN."""
    return w.client("stepfunctions").create_activity(name=w.fresh("activity"))["activityArn"]


def waiting(w: World) -> str:
    """Return an activity for which a task waits."""
    arn = activity(w)
    execution(w, {"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": arn, "End": True}}})
    w.turn()
    return arn


def token(w: World) -> str:
    """Return the token of a task that a worker has."""
    return w.client("stepfunctions").get_activity_task(activityArn=waiting(w))["taskToken"]


def map_run(w: World) -> str:
    """Begin a distributed Map; return its Map Run."""
    arn = machine(w, MAP)
    sfn = w.client("stepfunctions")
    started = sfn.start_execution(stateMachineArn=arn, input="[1]")["executionArn"]
    w.turn()
    return sfn.list_map_runs(executionArn=started)["mapRuns"][0]["mapRunArn"]


def one(member: str, make: Any, **more: Any) -> Any:
    """Return what makes a request with one ARN."""
    return lambda w: {member: make(w), **more}


CASES = {
    "CreateStateMachine": Case(given),
    "UpdateStateMachine": Case(
        lambda w: {"stateMachineArn": machine(w), "definition": json.dumps(WAIT)}, Outcome.MISSING
    ),
    "DescribeStateMachine": Case(one("stateMachineArn", machine), Outcome.MISSING),
    "ListStateMachines": Case(lambda w: {}, Outcome.OWN),
    "DeleteStateMachine": Case(one("stateMachineArn", machine), Outcome.OWN),
    "ValidateStateMachineDefinition": Case(lambda w: {"definition": json.dumps(PASS)}, Outcome.OWN),
    "TestState": Case(lambda w: {"definition": json.dumps(PASS["States"]["S"])}, Outcome.OWN),
    "PublishStateMachineVersion": Case(one("stateMachineArn", machine), Outcome.MISSING),
    "ListStateMachineVersions": Case(one("stateMachineArn", machine), Outcome.OWN),
    "DeleteStateMachineVersion": Case(one("stateMachineVersionArn", version), Outcome.OWN),
    "CreateStateMachineAlias": Case(
        lambda w: {"name": "live", "routingConfiguration": routing(w)}, Outcome.MISSING
    ),
    "DescribeStateMachineAlias": Case(one("stateMachineAliasArn", alias), Outcome.MISSING),
    "UpdateStateMachineAlias": Case(one("stateMachineAliasArn", alias, description="x"), Outcome.MISSING),
    "DeleteStateMachineAlias": Case(one("stateMachineAliasArn", alias), Outcome.MISSING),
    "ListStateMachineAliases": Case(one("stateMachineArn", machine), Outcome.MISSING),
    "TagResource": Case(
        lambda w: {"resourceArn": machine(w), "tags": [{"key": "a", "value": "b"}]}, Outcome.MISSING
    ),
    "UntagResource": Case(lambda w: {"resourceArn": machine(w), "tagKeys": ["a"]}, Outcome.MISSING),
    "ListTagsForResource": Case(one("resourceArn", machine), Outcome.MISSING),
    "CreateActivity": Case(lambda w: {"name": w.fresh("activity")}, Outcome.OWN),
    "DescribeActivity": Case(one("activityArn", activity), Outcome.MISSING),
    "ListActivities": Case(lambda w: {}, Outcome.OWN),
    "DeleteActivity": Case(one("activityArn", activity), Outcome.OWN),
    "GetActivityTask": Case(one("activityArn", waiting), Outcome.MISSING),
    "StartExecution": Case(one("stateMachineArn", machine), Outcome.MISSING),
    "StartSyncExecution": Case(lambda w: {"stateMachineArn": machine(w, type="EXPRESS")}, Outcome.MISSING),
    "StopExecution": Case(one("executionArn", execution), Outcome.MISSING),
    "RedriveExecution": Case(one("executionArn", stopped), Outcome.MISSING),
    "DescribeExecution": Case(one("executionArn", execution), Outcome.MISSING),
    "DescribeStateMachineForExecution": Case(one("executionArn", execution), Outcome.MISSING),
    "ListExecutions": Case(one("stateMachineArn", machine), Outcome.MISSING),
    "GetExecutionHistory": Case(one("executionArn", execution), Outcome.MISSING),
    "SendTaskSuccess": Case(lambda w: {"taskToken": token(w), "output": "{}"}, Outcome.MISSING),
    "SendTaskFailure": Case(one("taskToken", token), Outcome.MISSING),
    "SendTaskHeartbeat": Case(one("taskToken", token), Outcome.MISSING),
    "ListMapRuns": Case(one("executionArn", execution), Outcome.MISSING),
    "DescribeMapRun": Case(one("mapRunArn", map_run), Outcome.MISSING),
    "UpdateMapRun": Case(one("mapRunArn", map_run, maxConcurrency=3), Outcome.MISSING),
}
