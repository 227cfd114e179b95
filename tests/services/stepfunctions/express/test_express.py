"""Express state machines (https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.plane import Platform
from tests.services.stepfunctions.bench import Bench, passes, single

SDK = "arn:aws:states:::aws-sdk"


def run(bench: Bench, definition: dict[str, Any], input: Any = None, **more: Any) -> dict[str, Any]:
    arn = bench.machine(definition, type="EXPRESS")
    return bench.sfn.start_sync_execution(
        stateMachineArn=arn, input=json.dumps({} if input is None else input), **more
    )


def test_its_caller_gets_the_result(bench: Bench, platform: Platform) -> None:
    end = run(bench, passes(3), {"a": 1})
    assert (end["status"], json.loads(end["output"]), json.loads(end["input"])) == (
        "SUCCEEDED",
        {"a": 1},
        {"a": 1},
    )
    assert ":express:machine-1:" in end["executionArn"]
    short = run(bench, passes(1), includedData="METADATA_ONLY")
    assert "output" not in short
    with platform.store.read() as tx:
        assert tx.sql("select count(*) from stepfunctions_history") == [(0,)]


def test_it_calls_as_its_role(bench: Bench, client: Callable[..., Any]) -> None:
    client("s3").create_bucket(Bucket="bucket")
    end = run(bench, single({"Type": "Task", "Resource": f"{SDK}:s3:listBuckets"}))
    assert [one["Name"] for one in json.loads(end["output"])["Buckets"]] == ["bucket"]
    failed = run(
        bench,
        single({"Type": "Task", "Resource": f"{SDK}:s3:listObjects", "Parameters": {"Bucket": "no-such"}}),
    )
    assert (failed["status"], failed["error"]) == ("FAILED", "S3.NoSuchBucketException")


def test_branches_run_beside_each_other(bench: Bench) -> None:
    branches = [
        {
            "StartAt": f"T{n}",
            "States": {f"T{n}": {"Type": "Task", "Resource": f"{SDK}:s3:listBuckets", "End": True}},
        }
        for n in range(3)
    ]
    assert len(json.loads(run(bench, single({"Type": "Parallel", "Branches": branches}))["output"])) == 3


def test_what_express_executions_do_not_have(bench: Bench) -> None:
    """test_start_async_describe_history_execution of the recordings."""
    arn = bench.machine(passes(1), type="EXPRESS")
    started = bench.sfn.start_execution(stateMachineArn=arn)["executionArn"]
    for call in (bench.sfn.describe_execution, bench.sfn.get_execution_history, bench.sfn.stop_execution):
        with pytest.raises(
            ClientError, match=r"InvalidArn.*Resource type not valid in this context: express"
        ):
            call(executionArn=started)
    with pytest.raises(ClientError, match="StateMachineTypeNotSupported"):
        bench.sfn.list_executions(stateMachineArn=arn)
    with pytest.raises(
        ClientError, match=r"StateMachineTypeNotSupported.*not supported by this type of state machine"
    ):
        bench.sfn.start_sync_execution(stateMachineArn=bench.machine(passes(1)))


def test_an_asynchronous_one_leaves_no_record(
    bench: Bench, platform: Platform, client: Callable[..., Any]
) -> None:
    client("s3").create_bucket(Bucket="bucket")
    put = {"Bucket": "bucket", "Key.$": "$.key", "Body": "x"}
    arn = bench.machine(
        single({"Type": "Task", "Resource": f"{SDK}:s3:putObject", "Parameters": put}), type="EXPRESS"
    )
    for key in ("a", "b"):
        bench.sfn.start_execution(stateMachineArn=arn, name="same", input=json.dumps({"key": key}))

    def is_over() -> bool:
        bench.settle(1)
        with platform.store.read() as tx:
            return tx.count("stepfunctions:ExpressExecution", None) == 0

    assert any(is_over() for _ in range(50))
    assert [one["Key"] for one in client("s3").list_objects_v2(Bucket="bucket")["Contents"]] == ["a", "b"]
