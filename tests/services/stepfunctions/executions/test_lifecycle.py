"""StartExecution, DescribeExecution, ListExecutions, StopExecution, RedriveExecution
(https://docs.aws.amazon.com/step-functions/latest/apireference/)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.plane import Platform
from clary.services.stepfunctions.executions.life import turn as turns
from tests.services.stepfunctions.bench import Bench, passes, single

WAIT = single({"Type": "Wait", "Seconds": 100})


def test_the_same_start_again_returns_the_same_execution(bench: Bench) -> None:
    arn = bench.machine(WAIT)
    asked = {"stateMachineArn": arn, "name": "one", "input": '{"a": 1}'}
    first = bench.sfn.start_execution(**asked)
    bench.settle()
    assert bench.sfn.start_execution(**asked)["executionArn"] == first["executionArn"]
    with pytest.raises(ClientError, match=r"ExecutionAlreadyExists.*Execution Already Exists: 'arn"):
        bench.sfn.start_execution(**{**asked, "input": "{}"})
    bench.sfn.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        bench.sfn.start_execution(**asked)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"input": "{"}, "InvalidExecutionInput"),
        ({"input": json.dumps("x" * 262_145)}, "InvalidExecutionInput|ValidationException"),
        ({"input": "[" * 200 + "]" * 200}, "InvalidExecutionInput"),
        ({"name": "a b"}, "InvalidName"),
        ({"stateMachineArn": "nope"}, "InvalidArn.*Invalid ARN prefix: nope"),
        (
            {"stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:no"},
            "StateMachineDoesNotExist",
        ),
        ({"traceHeader": "Root=1"}, "NotImplemented.*traceHeader"),
    ],
)
def test_what_start_refuses(bench: Bench, change: dict[str, Any], code: str) -> None:
    asked = {"stateMachineArn": bench.machine(WAIT), **change}
    with pytest.raises(ClientError, match=code):
        bench.sfn.start_execution(**asked)


def test_a_wait_ends_in_business_time(bench: Bench, move: Any) -> None:
    arn = bench.start(WAIT, {"a": 1})
    bench.settle()
    assert bench.sfn.describe_execution(executionArn=arn)["status"] == "RUNNING"
    move(100)
    end = bench.end(arn)
    assert (end["status"], end["output"], end["redriveStatus"]) == ("SUCCEEDED", {"a": 1}, "NOT_REDRIVABLE")


def test_executions_are_listed_by_status_newest_first(bench: Bench) -> None:
    machine = bench.machine(WAIT)
    arns = []
    for name in ("a", "b", "c"):
        arns.append(bench.sfn.start_execution(stateMachineArn=machine, name=name)["executionArn"])
        bench.clock.advance(1)
    bench.settle()
    bench.sfn.stop_execution(executionArn=arns[0])
    pages = bench.sfn.get_paginator("list_executions").paginate(
        stateMachineArn=machine, PaginationConfig={"PageSize": 2}
    )
    assert [one["name"] for page in pages for one in page["executions"]] == ["c", "b", "a"]
    aborted = bench.sfn.list_executions(stateMachineArn=machine, statusFilter="ABORTED")["executions"]
    assert [one["name"] for one in aborted] == ["a"]


def test_a_stopped_execution_and_its_redrive(bench: Bench) -> None:
    arn = bench.start({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "S"}, **WAIT["States"]}})
    bench.settle()
    stopped = bench.sfn.stop_execution(executionArn=arn, error="E", cause="because")
    shown = bench.sfn.describe_execution(executionArn=arn)
    assert (shown["status"], shown["error"], shown["cause"]) == ("ABORTED", "E", "because")
    assert bench.chain(arn)[-1] == (5, 0, "ExecutionAborted")  # test_stop_execution of the recordings
    assert bench.sfn.stop_execution(executionArn=arn)["stopDate"] == stopped["stopDate"]
    again = bench.sfn.redrive_execution(executionArn=arn, clientToken="t")
    assert (
        bench.sfn.redrive_execution(executionArn=arn, clientToken="t")["redriveDate"] == again["redriveDate"]
    )
    bench.settle()
    bench.clock.advance(100)
    assert bench.end(arn)["redriveCount"] == 1
    assert bench.types(arn)[5:] == ["ExecutionRedriven", "WaitStateExited", "ExecutionSucceeded"]
    with pytest.raises(ClientError, match="ExecutionNotRedrivable"):
        bench.sfn.redrive_execution(executionArn=arn)


def test_an_execution_times_out(bench: Bench) -> None:
    arn = bench.start({**WAIT, "TimeoutSeconds": 10})
    bench.settle()
    bench.clock.advance(10)
    assert bench.end(arn)["status"] == "TIMED_OUT"
    assert bench.types(arn)[-1] == "ExecutionTimedOut"


def test_a_look_that_has_lost_writes_nothing(
    bench: Bench, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An execution that is stopped while a controller looks at it is stopped, and its history ends there."""
    arn = bench.start(passes(3))
    commit = turns.Turn._ended

    def ended(self: Any) -> Any:
        monkeypatch.setattr(turns.Turn, "_ended", commit)
        bench.sfn.stop_execution(executionArn=arn)
        return commit(self)

    monkeypatch.setattr(turns.Turn, "_ended", ended)
    bench.settle()
    assert bench.sfn.describe_execution(executionArn=arn)["status"] == "ABORTED"
    assert bench.types(arn) == ["ExecutionStarted", "ExecutionAborted"]


def test_the_state_machine_of_an_execution_is_the_one_it_began_with(bench: Bench) -> None:
    machine = bench.machine(WAIT)
    arn = bench.sfn.start_execution(stateMachineArn=machine)["executionArn"]
    bench.sfn.update_state_machine(stateMachineArn=machine, definition=json.dumps(passes(1)))
    shown = bench.sfn.describe_state_machine_for_execution(executionArn=arn)
    assert json.loads(shown["definition"]) == WAIT
    bench.sfn.delete_state_machine(stateMachineArn=machine)
    bench.settle()
    bench.clock.advance(100)
    assert bench.end(arn)["status"] == "SUCCEEDED"


def test_the_feed_tells_of_each_status(bench: Bench, platform: Platform) -> None:
    bench.run(passes(2))
    with platform.store.read() as tx:
        told = tx.changes(0, 100, kinds=["stepfunctions:Execution"])
    assert [change.view["new"]["status"] for change in told] == ["RUNNING", "SUCCEEDED"]
    assert told[-1].view["new"]["members"]["stopDate"] > 0
