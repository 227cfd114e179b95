"""Functions of Lambda as tasks, on a live platform (https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.stepfunctions.bench import details, single
from tests.services.stepfunctions.conftest import TRUST
from tests.support.functions import TRUST as LAMBDA_TRUST
from tests.support.functions import archive, runtime
from tests.support.live import Live
from tests.support.waiting import until

INVOKE = "arn:aws:states:::lambda:invoke"
CODE = """
def handler(event, context):
    if event.get("do") == "fail":
        raise ValueError("bad value")
    return {"event": event}
"""


class Flows:
    """State machines of the live platform."""

    def __init__(self, live: Live) -> None:
        self.sfn = live.client("stepfunctions")
        iam = live.client("iam")
        iam.create_role(RoleName="FlowsOfFunctions", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.attach_role_policy(
            RoleName="FlowsOfFunctions", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        )
        self.role = iam.get_role(RoleName="FlowsOfFunctions")["Role"]["Arn"]
        self.count = 0

    def run(self, state: dict[str, Any], input: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        self.count += 1
        made = self.sfn.create_state_machine(
            name=f"of-functions-{self.count}", definition=json.dumps(single(state)), roleArn=self.role
        )["stateMachineArn"]
        started = self.sfn.start_execution(stateMachineArn=made, input=json.dumps(input))["executionArn"]

        def ended() -> dict[str, Any] | None:
            shown = self.sfn.describe_execution(executionArn=started)
            return None if shown["status"] == "RUNNING" else shown

        shown = until(ended)
        assert shown is not None
        return shown, self.sfn.get_execution_history(executionArn=started)["events"]


@pytest.fixture(scope="module")
def arn(shared_live: Live) -> str:
    """The ARN of a function that returns what it gets, or raises."""
    client, iam = shared_live.client("lambda"), shared_live.client("iam")
    role = iam.create_role(RoleName="FunctionsOfFlows", AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST))
    made = client.create_function(
        FunctionName="of-flows",
        Runtime=runtime(),
        Role=role["Role"]["Arn"],
        Handler="index.handler",
        Code={"ZipFile": archive({"index.py": CODE})},
    )
    until(lambda: client.get_function_configuration(FunctionName="of-flows")["State"] == "Active")
    return made["FunctionArn"]


@pytest.fixture(scope="module")
def flows(shared_live: Live) -> Flows:
    return Flows(shared_live)


def test_its_own_integration(flows: Flows, arn: str) -> None:
    end, events = flows.run(
        {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": arn, "Payload.$": "$"}}, {"a": 1}
    )
    output = json.loads(end["output"])
    assert (output["Payload"]["event"], output["StatusCode"]) == ({"a": 1}, 200)
    assert [event["type"] for event in events[2:5]] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]


def test_the_function_itself_as_a_resource(flows: Flows, arn: str) -> None:
    """test_fixed_timeout_lambda and its neighbours in the recordings have the events."""
    end, events = flows.run({"Type": "Task", "Resource": arn}, {"a": 1})
    assert json.loads(end["output"])["event"] == {"a": 1}
    kinds = ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded"]
    assert [event["type"] for event in events[2:5]] == kinds
    assert details(events[2])["resource"] == arn


@pytest.mark.parametrize("own", [True, False])
def test_an_exception_of_a_function_is_the_error(flows: Flows, arn: str, own: bool) -> None:
    state = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": arn, "Payload.$": "$"}}
    end, events = flows.run(state if own else {"Type": "Task", "Resource": arn}, {"do": "fail"})
    assert end["error"] == "ValueError"
    assert json.loads(end["cause"])["errorMessage"] == "bad value"
    assert events[-2]["type"] == ("TaskFailed" if own else "LambdaFunctionFailed")


def test_a_function_that_is_not_there(flows: Flows, arn: str) -> None:
    end, _ = flows.run({"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": f"{arn}-no"}}, {})
    assert end["error"] == "Lambda.ResourceNotFoundException"
    assert (
        "Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: "
        in end["cause"]
    )
