"""Activities and tasks with tokens (https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.stepfunctions.bench import Bench, details, single

START = "arn:aws:states:::states:startExecution.waitForTaskToken"


@pytest.fixture
def activity(sfn: Any) -> str:
    return sfn.create_activity(name="work")["activityArn"]


def begin(bench: Bench, activity: str, **more: Any) -> tuple[str, str]:
    """Begin an execution whose task a worker takes; return its ARN and the token."""
    arn = bench.start(single({"Type": "Task", "Resource": activity, **more}), {"Value1": "HelloWorld"})
    bench.settle()
    task = bench.sfn.get_activity_task(activityArn=activity, workerName="w")
    assert json.loads(task["input"]) == {"Value1": "HelloWorld"}
    return arn, task["taskToken"]


def test_a_worker_succeeds(bench: Bench, activity: str) -> None:
    """test_activity_task_with_heartbeat of the recordings."""
    arn, token = begin(bench, activity, HeartbeatSeconds=10, TimeoutSeconds=60)
    bench.sfn.send_task_success(taskToken=token, output='{"a": 1}')
    assert bench.end(arn)["output"] == {"a": 1}
    assert bench.chain(arn)[2:] == [
        (3, 2, "ActivityScheduled"),
        (4, 3, "ActivityStarted"),
        (5, 4, "ActivitySucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded"),
    ]
    scheduled, started, succeeded = map(details, bench.events(arn)[2:5])
    assert (scheduled["timeoutInSeconds"], scheduled["heartbeatInSeconds"], scheduled["resource"]) == (
        60,
        10,
        activity,
    )
    assert started == {"workerName": "w"}
    assert succeeded == {"output": '{"a":1}', "outputDetails": {"truncated": False}}
    with pytest.raises(ClientError, match=r"TaskTimedOut.*Provided task does not exist anymore"):
        bench.sfn.send_task_success(taskToken=token, output="{}")


def test_a_worker_fails(bench: Bench, activity: str) -> None:
    arn, token = begin(bench, activity)
    bench.sfn.send_task_failure(taskToken=token, error="Programmatic Error", cause="why")
    end = bench.end(arn)
    assert (end["error"], end["cause"]) == ("Programmatic Error", "why")
    assert bench.types(arn)[-2:] == ["ActivityFailed", "ExecutionFailed"]


def test_signs_of_life_keep_a_task_alive(bench: Bench, activity: str) -> None:
    arn, token = begin(bench, activity, HeartbeatSeconds=10)
    bench.settle()
    for _ in range(3):
        bench.clock.advance(8)
        bench.sfn.send_task_heartbeat(taskToken=token)
        bench.settle()
    assert bench.sfn.describe_execution(executionArn=arn)["status"] == "RUNNING"
    bench.clock.advance(10)
    end = bench.end(arn)
    assert end["error"] == "States.Timeout"
    assert bench.types(arn)[-2:] == ["ActivityTimedOut", "ExecutionFailed"]
    assert details(bench.events(arn)[-2]) == {"error": "States.Timeout"}


def test_a_deleted_activity_fails_the_execution(bench: Bench, activity: str) -> None:
    """test_activity_task_on_deleted of the recordings."""
    machine = bench.machine(single({"Type": "Task", "Resource": activity}))
    bench.sfn.delete_activity(activityArn=activity)
    arn = bench.sfn.start_execution(stateMachineArn=machine)["executionArn"]
    end = bench.end(arn)
    assert end["error"] == "States.Runtime"
    assert end["cause"].endswith(f"(entered at the event id #2). The activity {activity} does not exist.")


def test_a_token_in_a_message(bench: Bench, platform: Any) -> None:
    """test_sqs_wait_for_task_token of the recordings: TaskSubmitted comes with the answer of the call, the end with the token."""
    inner = bench.machine(single({"Type": "Pass"}), name="told")
    asked = {"StateMachineArn": inner, "Input": {"token.$": "$$.Task.Token"}}
    arn = bench.start(single({"Type": "Task", "Resource": START, "Parameters": asked, "TimeoutSeconds": 100}))
    bench.until(arn, lambda _: "TaskSubmitted" in bench.types(arn))
    (child,) = bench.sfn.list_executions(stateMachineArn=inner)["executions"]
    told = json.loads(bench.sfn.describe_execution(executionArn=child["executionArn"])["input"])
    bench.sfn.send_task_success(taskToken=told["token"], output='"done"')
    assert bench.end(arn)["output"] == "done"
    assert bench.types(arn)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_tokens_that_mean_nothing(bench: Bench, activity: str, client: Callable[..., Any]) -> None:
    with pytest.raises(ClientError, match=r"InvalidToken.*Invalid token"):
        bench.sfn.send_task_heartbeat(taskToken="nope")
    _, token = begin(bench, activity)
    with pytest.raises(ClientError, match="InvalidOutput"):
        bench.sfn.send_task_success(taskToken=token, output="{")


def test_branches_that_are_given_up(bench: Bench, activity: str) -> None:
    """test_sqs_failure_in_wait_for_task_tok_no_error_field: a task that has failed its branch was aborted, too."""
    task = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": activity, "End": True}}}
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 99, "End": True}}}
    arn = bench.start(single({"Type": "Parallel", "Branches": [task, wait]}))
    bench.settle()
    token = bench.sfn.get_activity_task(activityArn=activity)["taskToken"]
    bench.sfn.send_task_failure(taskToken=token)
    end = bench.end(arn)
    assert ("error" in end, "cause" in end) == (False, False)
    chain = bench.chain(arn)
    failed = next(number for number, _, kind in chain if kind == "ActivityFailed")
    assert chain[-4:] == [
        (failed + 1, failed, "TaskStateAborted"),
        (failed + 2, failed, "WaitStateAborted"),
        (failed + 3, failed, "ParallelStateFailed"),
        (failed + 4, failed + 3, "ExecutionFailed"),
    ]
