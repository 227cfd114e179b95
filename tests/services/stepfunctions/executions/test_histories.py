"""Histories, event by event: ids, previous ids and details are those of the recordings of real AWS."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.stepfunctions.bench import Bench, details, passes, single

PASS = {"Type": "Pass", "End": True}


def test_a_pass_state(bench: Bench) -> None:
    """test_start_execution in test_sfn_api: the first state's event follows no other one."""
    end = bench.run(single({"Type": "Pass", "Result": {"Arg1": "argument1"}}))
    assert bench.chain(end["executionArn"]) == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "PassStateEntered"),
        (3, 2, "PassStateExited"),
        (4, 3, "ExecutionSucceeded"),
    ]
    started, entered, exited, ended = map(details, bench.events(end["executionArn"]))
    assert started == {"input": "{}", "inputDetails": {"truncated": False}, "roleArn": bench.role}
    assert entered == {"name": "S", "input": "{}", "inputDetails": {"truncated": False}}
    assert exited == {"name": "S", "output": '{"Arg1":"argument1"}', "outputDetails": {"truncated": False}}
    assert ended == {"output": '{"Arg1":"argument1"}', "outputDetails": {"truncated": False}}


def test_a_map_with_one_iteration_at_a_time(bench: Bench) -> None:
    """test_map_state_break_condition: what follows an iteration follows its last event, not the event of its success."""
    machine = single(
        {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": {"StartAt": "I", "States": {"I": PASS}}}
    )
    end = bench.run(machine, [1, 2])
    assert bench.chain(end["executionArn"]) == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "MapStateEntered"),
        (3, 2, "MapStateStarted"),
        (4, 3, "MapIterationStarted"),
        (5, 4, "PassStateEntered"),
        (6, 5, "PassStateExited"),
        (7, 6, "MapIterationSucceeded"),
        (8, 6, "MapIterationStarted"),
        (9, 8, "PassStateEntered"),
        (10, 9, "PassStateExited"),
        (11, 10, "MapIterationSucceeded"),
        (12, 11, "MapStateSucceeded"),
        (13, 11, "MapStateExited"),
        (14, 13, "ExecutionSucceeded"),
    ]


def test_an_iteration_that_fails(bench: Bench) -> None:
    """test_map_state_catch_empty_fail."""
    inner = {"StartAt": "F", "States": {"F": {"Type": "Fail"}}}
    end = bench.run(single({"Type": "Map", "ItemProcessor": inner}), [1])
    assert bench.chain(end["executionArn"])[4:] == [
        (5, 4, "FailStateEntered"),
        (6, 5, "MapIterationFailed"),
        (7, 5, "MapStateFailed"),
        (8, 7, "ExecutionFailed"),
    ]
    assert details(bench.events(end["executionArn"])[-1]) == {}


def test_a_parallel_state_that_is_tried_again(bench: Bench) -> None:
    """test_parallel_state_retry."""
    branch = {
        "StartAt": "B",
        "States": {"B": {"Type": "Fail", "Error": "FailureType", "Cause": "Cause description"}},
    }
    retry = [{"ErrorEquals": ["FailureType"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    arn = bench.start(single({"Type": "Parallel", "Branches": [branch], "Retry": retry}))
    bench.settle()
    bench.clock.advance(1)
    assert bench.end(arn)["error"] == "FailureType"
    assert bench.chain(arn)[2:] == [
        (3, 2, "ParallelStateStarted"),
        (4, 3, "FailStateEntered"),
        (5, 4, "ParallelStateStarted"),
        (6, 5, "FailStateEntered"),
        (7, 6, "ParallelStateFailed"),
        (8, 7, "ExecutionFailed"),
    ]


def test_an_expression_that_fails(bench: Bench) -> None:
    """test_undefined_reference: EvaluationFailed follows what the state's own first event follows."""
    end = bench.run(
        single({"Type": "Pass", "Output": {"result": "{% $doesNotExist %}"}}, QueryLanguage="JSONata")
    )
    cause = (
        "An error occurred while executing the state 'S' (entered at the event id #2). The JSONata expression '$doesNotExist' "
        "specified for the field 'Output/result' returned nothing (undefined)."
    )
    assert (end["error"], end["cause"]) == ("States.QueryEvaluationError", cause)
    assert bench.chain(end["executionArn"])[2:] == [(3, 0, "EvaluationFailed"), (4, 3, "ExecutionFailed")]
    failed = details(bench.events(end["executionArn"])[2])
    assert failed == {"error": end["error"], "cause": cause, "location": "Output/result", "state": "S"}


@pytest.mark.parametrize(
    ("state", "input", "problem"),
    [
        ({"Type": "Pass", "OutputPath": "$.No"}, {}, "Invalid path '$.No' : No results for path: $['No']"),
        (
            {"Type": "Pass", "Parameters": {"value.$": "$.no"}},
            {"a": 1},
            "The JSONPath '$.no' specified for the field 'value.$' could not be found in the input '{\"a\":1}'",
        ),
        (
            {"Type": "Wait", "SecondsPath": "$.s"},
            {"s": -1.5},
            "The SecondsPath parameter cannot be parsed as a long value: $.s == -1.5",
        ),
        (
            {"Type": "Wait", "SecondsPath": "$.s"},
            {},
            "The SecondsPath parameter does not reference an input value: $.s",
        ),
        (
            {"Type": "Wait", "TimestampPath": "$.t"},
            {"t": "2016-13-05T21:29:29Z"},
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
            "$.t == 2016-13-05T21:29:29Z",
        ),
    ],
)
def test_runtime_errors_are_caught_by_nobody(
    bench: Bench, state: dict[str, Any], input: Any, problem: str
) -> None:
    """test_invalid_jsonpath, test_base_wait_seconds_path, test_wait_timestamp_path."""
    end = bench.run(single(state), input)
    before = "An error occurred while executing the state 'S' (entered at the event id #2). "
    assert (end["error"], end["cause"]) == ("States.Runtime", before + problem)
    assert bench.types(end["executionArn"])[2:] == ["ExecutionFailed"]


def test_pages_in_both_directions(bench: Bench) -> None:
    end = bench.run(passes(250))
    arn = end["executionArn"]
    every = bench.events(arn, PaginationConfig={"PageSize": 7})
    assert [event["id"] for event in every] == list(range(1, 503))
    assert bench.events(arn, reverseOrder=True, PaginationConfig={"PageSize": 99}) == every[::-1]
    short = bench.sfn.get_execution_history(executionArn=arn, includeExecutionData=False, maxResults=3)
    assert [details(event) for event in short["events"][1:]] == [{"name": "s0"}, {"name": "s0"}]
    with pytest.raises(ClientError, match="InvalidToken"):
        bench.sfn.get_execution_history(executionArn=arn, nextToken="x")


def test_a_history_has_at_most_25000_events(bench: Bench) -> None:
    loop = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {"Type": "Choice", "Choices": [], "Default": "A"},
        },
    }
    loop["States"]["B"]["Choices"] = [{"Variable": "$.stop", "IsPresent": True, "Next": "E"}]  # type: ignore[index]
    loop["States"]["E"] = {"Type": "Succeed"}  # type: ignore[index]
    end = bench.run(loop)
    assert (end["status"], end["error"]) == ("FAILED", "States.Runtime")
    newest = bench.sfn.get_execution_history(
        executionArn=end["executionArn"], reverseOrder=True, maxResults=1
    )
    assert newest["events"][0]["id"] == 25_000
