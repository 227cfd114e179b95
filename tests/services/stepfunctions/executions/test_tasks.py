"""Task states: calls of the platform's operations as the state machine's role
(https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.stepfunctions.bench import Bench, details, passes, single

SDK = "arn:aws:states:::aws-sdk"
Client = Callable[..., Any]


@pytest.fixture
def s3(client: Client) -> Any:
    found = client("s3")
    found.create_bucket(Bucket="bucket")
    return found


@pytest.mark.parametrize(
    ("body", "stored"), [({"x": 1}, b'{"x":1}'), (False, b"false"), ("text", b"text"), (0, b"0")]
)
def test_an_operation_is_called_with_what_fits_it(bench: Bench, s3: Any, body: Any, stored: bytes) -> None:
    """test_s3_put_object of the recordings: what is not a text is written as JSON."""
    put = {"Bucket": "bucket", "Key": "k", "Body": body}
    end = bench.run(single({"Type": "Task", "Resource": f"{SDK}:s3:putObject", "Parameters": put}))
    assert end["status"] == "SUCCEEDED", end
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == stored
    assert bench.chain(end["executionArn"])[2:] == [
        (3, 2, "TaskScheduled"),
        (4, 3, "TaskStarted"),
        (5, 4, "TaskSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded"),
    ]
    scheduled, started = map(details, bench.events(end["executionArn"])[2:4])
    assert scheduled == {
        "resourceType": "aws-sdk:s3",
        "resource": "putObject",
        "region": "us-east-1",
        "parameters": json.dumps(put, separators=(",", ":")),
    }
    assert started == {"resourceType": "aws-sdk:s3", "resource": "putObject"}


def test_a_body_comes_back_as_text(bench: Bench, s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="k", Body=b"text data")
    end = bench.run(
        single(
            {
                "Type": "Task",
                "Resource": f"{SDK}:s3:getObject",
                "Parameters": {"Bucket": "bucket", "Key": "k"},
            }
        )
    )
    assert (end["output"]["Body"], end["output"]["ContentLength"]) == ("text data", 9)
    assert end["output"]["LastModified"].endswith("Z")


def test_an_error_has_the_name_that_the_sdk_of_aws_has(bench: Bench, s3: Any) -> None:
    """test_no_such_bucket of the recordings."""
    caught = [{"ErrorEquals": ["States.TaskFailed"], "Next": "Handler", "ResultPath": "$.error"}]
    task = {
        "Type": "Task",
        "Resource": f"{SDK}:s3:listObjects",
        "Parameters": {"Bucket": "no-such"},
        "Catch": caught,
        "End": True,
    }
    end = bench.run(
        {"StartAt": "S", "States": {"S": task, "Handler": {"Type": "Pass", "End": True}}}, {"a": 1}
    )
    assert end["output"]["a"] == 1
    assert end["output"]["error"]["Error"] == "S3.NoSuchBucketException"
    assert end["output"]["error"]["Cause"].startswith(
        "The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: "
    )


def test_a_task_may_do_what_the_role_may(bench: Bench, s3: Any, client: Client) -> None:
    client("iam").detach_role_policy(
        RoleName="Flows", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    end = bench.run(single({"Type": "Task", "Resource": f"{SDK}:s3:listBuckets"}))
    assert end["error"] == "S3.AccessDeniedException"
    assert "assumed-role/Flows/" in end["cause"]
    assert "is not authorized to perform: s3:ListAllMyBuckets" in end["cause"]


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"Nope": 1}, 'The field "Nope" is not supported by Step Functions'),
        ({"bucket": "b"}, 'The field "bucket" is not supported by Step Functions'),
        (
            {"Bucket": "b", "Key": "k", "Metadata": "x"},
            "The value of the field 'Metadata' has an invalid format",
        ),
    ],
)
def test_arguments_that_do_not_fit_start_no_task(
    bench: Bench, parameters: dict[str, Any], problem: str
) -> None:
    """test_invoke_with_headers of the recordings has the sentence."""
    end = bench.run(single({"Type": "Task", "Resource": f"{SDK}:s3:putObject", "Parameters": parameters}))
    shown = json.dumps(parameters, separators=(",", ":"))
    assert end["error"] == "States.Runtime"
    assert f"The Parameters '{shown}' could not be used to start the Task: [{problem}]" in end["cause"]
    assert "TaskScheduled" not in bench.types(end["executionArn"])


@pytest.mark.parametrize(
    "resource",
    [
        f"{SDK}:s3:nope",
        f"{SDK}:nope:list",
        f"{SDK}:s3:listBuckets.sync",
        "arn:aws:states:::nope:run",
        "arn:aws:states:::glue:startJobRun.sync",
        "arn:aws:states:::http:invoke",
    ],
)
def test_what_is_not_there_is_refused_at_once(bench: Bench, resource: str) -> None:
    with pytest.raises(ClientError, match=r"InvalidDefinition.*is not recognized.*at /States/S/Resource"):
        bench.machine(single({"Type": "Task", "Resource": resource}))


def test_retries_wait_longer_each_time(bench: Bench) -> None:
    retry = [
        {
            "ErrorEquals": ["States.TaskFailed"],
            "IntervalSeconds": 2,
            "BackoffRate": 3,
            "MaxDelaySeconds": 5,
            "MaxAttempts": 3,
        }
    ]
    arn = bench.start(
        single(
            {
                "Type": "Task",
                "Resource": f"{SDK}:s3:listObjects",
                "Parameters": {"Bucket": "no"},
                "Retry": retry,
            }
        )
    )
    tries = []
    for seconds in (0, 1, 1, 4, 1, 4, 1):
        bench.clock.advance(seconds)
        bench.settle()
        tries.append(bench.types(arn).count("TaskScheduled"))
    assert tries == [1, 1, 2, 2, 3, 3, 4]
    assert bench.end(arn)["error"].startswith("S3.")
    chain = bench.chain(arn)
    assert [one for one in chain if one[2] == "TaskScheduled"][1][1] == chain[4][0]  # it follows TaskFailed


def test_an_execution_of_another_state_machine(bench: Bench) -> None:
    """test_start_execution_sync of the recordings; with `.sync:2` Input and Output are JSON."""
    inner = bench.machine(passes(1))
    task = {"Type": "Task", "Parameters": {"StateMachineArn": inner, "Input": {"a": 1}}}
    end = bench.run(single({**task, "Resource": "arn:aws:states:::states:startExecution.sync"}))
    assert bench.types(end["executionArn"])[2:6] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]
    output = end["output"]
    assert set(output) == {
        "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails", "StartDate", "StateMachineArn", "Status",
        "StopDate",
    }  # fmt: skip
    assert (output["Output"], output["Status"]) == ('{"a":1}', "SUCCEEDED")
    second = bench.run(single({**task, "Resource": "arn:aws:states:::states:startExecution.sync:2"}))
    assert second["output"]["Output"] == {"a": 1}


def test_an_execution_that_fails_fails_the_task(bench: Bench) -> None:
    """test_start_execution_sync_delegate_timeout of the recordings."""
    inner = bench.machine(single({"Type": "Fail", "Error": "E"}))
    resource = "arn:aws:states:::states:startExecution.sync"
    end = bench.run(single({"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": inner}}))
    assert end["error"] == "States.TaskFailed"
    assert (json.loads(end["cause"])["Error"], json.loads(end["cause"])["Status"]) == ("E", "FAILED")


def test_what_a_task_waits_for_is_stopped_with_it(bench: Bench) -> None:
    inner = bench.machine(single({"Type": "Wait", "Seconds": 900}))
    resource = "arn:aws:states:::states:startExecution.sync"
    arn = bench.start(
        single({"Type": "Task", "Resource": resource, "Parameters": {"StateMachineArn": inner}})
    )
    bench.until(arn, lambda _: "TaskSubmitted" in bench.types(arn))
    bench.sfn.stop_execution(executionArn=arn)
    bench.settle()
    (child,) = bench.sfn.list_executions(stateMachineArn=inner)["executions"]
    assert child["status"] == "ABORTED"
