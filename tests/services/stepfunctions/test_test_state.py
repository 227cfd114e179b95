"""TestState (https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html), as the recordings of it show it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.stepfunctions.bench import passes

SDK = "arn:aws:states:::aws-sdk"
LIST = {"Type": "Task", "Resource": f"{SDK}:s3:listBuckets", "End": True}
RETRY = {"Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 3, "MaxAttempts": 2, "BackoffRate": 2}]}


def ask(sfn: Any, state: dict[str, Any], input: Any = None, **more: Any) -> dict[str, Any]:
    shown = sfn.test_state(
        definition=json.dumps(state), input=json.dumps({} if input is None else input), **more
    )
    del shown["ResponseMetadata"]
    return shown


def test_a_pass_state_step_by_step(sfn: Any) -> None:
    """test_base_inspection_level_debug[IO_PASS_STATE]."""
    state = {
        "Type": "Pass",
        "InputPath": "$.initial",
        "Parameters": {"static": "some value", "from.$": "$.field"},
        "ResultPath": "$.made",
        "Next": "Other",
    }
    given = {"initial": {"field": 1}, "rest": 2}
    shown = ask(sfn, state, given, inspectionLevel="DEBUG")
    made = {"static": "some value", "from": 1}
    assert (shown["status"], shown["nextState"], json.loads(shown["output"])) == (
        "SUCCEEDED",
        "Other",
        {**given, "made": made},
    )
    seen = {name: json.loads(value) for name, value in shown["inspectionData"].items()}
    assert seen["input"] == given
    assert seen["afterInputPath"] == {"field": 1}
    assert seen["afterParameters"] == made


def test_other_states(sfn: Any) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.v", "NumericEquals": 1, "Next": "A"}],
        "Default": "B",
    }
    assert ask(sfn, choice, {"v": 1})["nextState"] == "A"
    assert ask(sfn, choice, {"v": 2})["nextState"] == "B"
    assert ask(sfn, {"Type": "Wait", "Seconds": 999, "End": True}, 5) == {
        "status": "SUCCEEDED",
        "output": "5",
    }
    failed = ask(sfn, {"Type": "Fail", "Error": "SomeFailure", "Cause": "why"})
    assert failed == {"status": "FAILED", "error": "SomeFailure", "cause": "why"}
    assert ask(sfn, {"Type": "Succeed"}, 1) == {"status": "SUCCEEDED", "output": "1"}


def test_jsonata_with_variables(sfn: Any) -> None:
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $v + $states.input %}", "End": True}
    assert ask(sfn, state, 1, variables='{"v": 2}')["output"] == "3"
    undefined = ask(sfn, {**state, "Output": "{% $w %}"}, 1)
    assert (undefined["status"], undefined["error"]) == ("FAILED", "States.QueryEvaluationError")


def test_a_task_is_really_called(sfn: Any, role: str, client: Callable[..., Any]) -> None:
    client("s3").create_bucket(Bucket="bucket")
    shown = ask(sfn, LIST, roleArn=role)
    assert [one["Name"] for one in json.loads(shown["output"])["Buckets"]] == ["bucket"]
    with pytest.raises(ClientError, match="RoleArn must be specified when testing a Task state"):
        ask(sfn, LIST)


def test_a_mocked_task(sfn: Any) -> None:
    shown = ask(
        sfn,
        {**LIST, "ResultPath": "$.r"},
        {"a": 1},
        mock={"result": '{"Buckets": []}'},
        inspectionLevel="TRACE",
    )
    assert json.loads(shown["output"]) == {"a": 1, "r": {"Buckets": []}}
    assert json.loads(shown["inspectionData"]["afterResultPath"]) == {"a": 1, "r": {"Buckets": []}}


def test_an_error_is_tried_again_or_caught(sfn: Any) -> None:
    """test_state_task_catch_error, and the errorDetails of test_map_state_failure_count."""
    mock = {"errorOutput": {"error": "E", "cause": "c"}}
    state = {
        **LIST,
        **RETRY,
        "Catch": [{"ErrorEquals": ["X"], "Next": "A"}, {"ErrorEquals": ["E"], "Next": "B"}],
    }
    first = ask(sfn, state, mock=mock, inspectionLevel="DEBUG")
    assert (first["status"], first["error"]) == ("RETRIABLE", "E")
    assert first["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 3}
    second = ask(sfn, state, mock=mock, inspectionLevel="DEBUG", stateConfiguration={"retrierRetryCount": 1})
    assert second["inspectionData"]["errorDetails"]["retryBackoffIntervalSeconds"] == 6
    third = ask(sfn, state, mock=mock, inspectionLevel="DEBUG", stateConfiguration={"retrierRetryCount": 2})
    assert (third["status"], third["nextState"], json.loads(third["output"])) == (
        "CAUGHT_ERROR",
        "B",
        {"Error": "E", "Cause": "c"},
    )
    assert third["inspectionData"]["errorDetails"] == {"catchIndex": 1}


def test_a_state_of_a_state_machine(sfn: Any) -> None:
    machine = passes(2)
    assert ask(sfn, machine, 1, stateName="s0") == {"status": "SUCCEEDED", "output": "1", "nextState": "s1"}
    with pytest.raises(ClientError, match=r"ValidationException.*State not found in definition"):
        ask(sfn, machine, 1, stateName="absent")


PARALLEL = {
    "Type": "Parallel",
    "End": True,
    "Branches": [passes(1), {"StartAt": "x", "States": {"x": {"Type": "Succeed"}}}],
}


@pytest.mark.parametrize(
    ("state", "more", "message"),
    [
        (LIST, {"mock": {"result": "{}", "errorOutput": {}}}, "only one of the following fields"),
        (
            LIST,
            {"mock": {"result": "{}"}, "revealSecrets": True},
            "does not support RevealSecrets when a mock is specified",
        ),
        (
            LIST,
            {"mock": {"result": '{"Buckets": 1}'}},
            "Mock result schema validation error: Field 'Buckets' must be an array",
        ),
        (
            {"Type": "Succeed"},
            {"mock": {"result": "{}"}},
            "State type 'Succeed' is not supported when a mock is specified",
        ),
        (PARALLEL, {"mock": {"result": "{}"}}, "Mocked result must be an array"),
        (PARALLEL, {"mock": {"result": "[1]"}}, "the same number of items as number of Parallel branches"),
        (PARALLEL, {}, "InvalidDefinition.*does not support Map or Parallel states"),
        (
            LIST,
            {"mock": {"result": "{}"}, "context": '{"Map": {}}'},
            "'Map' field is not supported when mocking a Context object",
        ),
        ({"Type": "Nope"}, {}, "InvalidDefinition.* at /Type'"),
        ({"Type": "Succeed"}, {"revealSecrets": True}, "NotImplemented.*revealSecrets"),
    ],
)
def test_what_is_refused(sfn: Any, state: dict[str, Any], more: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        ask(sfn, state, **more)


def test_a_mocked_parallel_state(sfn: Any) -> None:
    assert json.loads(ask(sfn, PARALLEL, mock={"result": "[1, 2]"})["output"]) == [1, 2]


def test_a_required_member_and_a_value_out_of_bounds(sfn: Any) -> None:
    """test_strict_mode_sfn_task[missing_required_fields]."""
    start = {
        "Type": "Task",
        "Resource": f"{SDK}:sfn:startExecution",
        "Parameters": {"StateMachineArn": "a"},
        "End": True,
    }
    with pytest.raises(ClientError, match="Required field 'ExecutionArn' is missing"):
        ask(sfn, start, mock={"result": "{}"})
    assert ask(sfn, start, mock={"result": "{}", "fieldValidationMode": "PRESENT"})["status"] == "SUCCEEDED"
    history = {**start, "Resource": f"{SDK}:s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    with pytest.raises(ClientError, match="Field 'StorageClass' is not an expected value"):
        ask(sfn, history, mock={"result": '{"StorageClass": "x"}'})
