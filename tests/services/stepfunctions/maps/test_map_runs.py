"""Distributed Map states (https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.stepfunctions.bench import Bench, details, single

CONFIG = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
GET = "arn:aws:states:::s3:getObject"


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    found = client("s3")
    found.create_bucket(Bucket="bucket")
    return found


def distributed(inner: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    state = inner or {"Type": "Pass", "End": True}
    processor = {"ProcessorConfig": CONFIG, "StartAt": "I", "States": {"I": state}}
    return single({"Type": "Map", "ItemProcessor": processor, **more})


def reader(key: str, **config: Any) -> dict[str, Any]:
    return {"Resource": GET, "ReaderConfig": config, "Parameters": {"Bucket": "bucket", "Key": key}}


def test_each_item_is_an_execution(bench: Bench) -> None:
    end = bench.run(distributed(Label="lbl", MaxConcurrency=2), [1, "two", None])
    arn = end["executionArn"]
    assert end["output"] == [1, "two", None]
    assert bench.chain(arn)[2:] == [
        (3, 2, "MapStateStarted"),
        (4, 3, "MapRunStarted"),
        (5, 4, "MapRunSucceeded"),
        (6, 5, "MapStateSucceeded"),
        (7, 5, "MapStateExited"),
        (8, 7, "ExecutionSucceeded"),
    ]
    run = details(bench.events(arn)[3])["mapRunArn"]
    assert ":mapRun:machine-1/lbl:" in run
    (listed,) = bench.sfn.list_map_runs(executionArn=arn)["mapRuns"]
    assert listed["mapRunArn"] == run
    shown = bench.sfn.describe_map_run(mapRunArn=run)
    assert (shown["status"], shown["maxConcurrency"]) == ("SUCCEEDED", 2)
    assert (shown["itemCounts"]["succeeded"], shown["executionCounts"]["total"]) == (3, 3)
    children = bench.sfn.list_executions(mapRunArn=run)["executions"]
    assert len(children) == 3
    inputs = {bench.sfn.describe_execution(executionArn=one["executionArn"])["input"] for one in children}
    assert inputs == {"1", '"two"', "null"}


def test_what_is_selected_and_batched(bench: Bench) -> None:
    selector = {"v.$": "$$.Map.Item.Value", "k.$": "$.k", "x.$": "$factor"}
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"fixed": 1}}
    machine = distributed(ItemsPath="$.items", ItemSelector=selector, ItemBatcher=batcher)
    machine["StartAt"] = "Begin"
    machine["States"]["Begin"] = {"Type": "Pass", "Assign": {"factor": 3}, "Next": "S"}
    end = bench.run(machine, {"items": [1, 2, 3], "k": "a"})
    first, second = end["output"]
    assert first == {
        "BatchInput": {"fixed": 1},
        "Items": [{"v": 1, "k": "a", "x": 3}, {"v": 2, "k": "a", "x": 3}],
    }
    assert [one["v"] for one in second["Items"]] == [3]


@pytest.mark.parametrize(
    ("body", "config", "expected"),
    [
        (
            b"a,b\n1,2\n3,4\n",
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}],
        ),
        (
            b"1;2\n3;4\n",
            {
                "InputType": "CSV",
                "CSVHeaderLocation": "GIVEN",
                "CSVHeaders": ["x", "y"],
                "CSVDelimiter": "SEMICOLON",
                "MaxItems": 1,
            },
            [{"x": "1", "y": "2"}],
        ),
        (b"[1, 2, 3]", {"InputType": "JSON", "MaxItems": 2}, [1, 2]),
        (b'{"a": {"b": [7]}}', {"InputType": "JSON", "ItemsPointer": "/a/b"}, [7]),
        (b'{"a": 1}\n{"a": 2}\n', {"InputType": "JSONL"}, [{"a": 1}, {"a": 2}]),
    ],
)
def test_items_from_an_object(
    bench: Bench, s3: Any, body: bytes, config: dict[str, Any], expected: list[Any]
) -> None:
    s3.put_object(Bucket="bucket", Key="items", Body=body)
    assert bench.run(distributed(ItemReader=reader("items", **config)))["output"] == expected


def test_items_from_the_list_of_a_bucket(bench: Bench, s3: Any) -> None:
    for key in ("in/a", "in/b", "other"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"x")
    listing = {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Parameters": {"Bucket": "bucket", "Prefix": "in/"},
    }
    output = bench.run(distributed(ItemReader=listing))["output"]
    assert [(one["Key"], one["Size"]) for one in output] == [("in/a", 1), ("in/b", 1)]


@pytest.mark.parametrize(
    ("body", "config", "cause"),
    [
        (
            b"a,a\n1,2\n",
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            "CSV headers cannot contain duplicates.",
        ),
        (b'{"a": 1}', {"InputType": "JSON"}, "Attempting to map over non-iterable node."),
        (b"[1]", {"InputType": "JSON", "MaxItemsPath": "$.most"}, "field MaxItems must be positive"),
        (None, {"InputType": "JSON"}, "The specified key does not exist."),
    ],
)
def test_items_that_cannot_be_read(
    bench: Bench, s3: Any, body: bytes | None, config: dict[str, Any], cause: str
) -> None:
    """test_map_item_reader_csv_headers_decl_duplicate_headers and its neighbours in the recordings."""
    if body is not None:
        s3.put_object(Bucket="bucket", Key="items", Body=body)
    end = bench.run(distributed(ItemReader=reader("items", **config)), {"most": -1})
    assert (end["error"], end["cause"]) == ("States.ItemReaderFailed", cause)
    assert bench.types(end["executionArn"])[3:] == [
        "MapRunStarted",
        "MapRunFailed",
        "MapStateFailed",
        "ExecutionFailed",
    ]


def test_results_in_a_bucket(bench: Bench, s3: Any) -> None:
    """test_map_state_result_writer of the recordings."""
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "bucket", "Prefix": "jobs"},
    }
    end = bench.run(distributed(ResultWriter=writer), ["Hello", "World"])
    run = end["output"]["MapRunArn"]
    key = f"jobs/{run.rpartition(':')[2]}/manifest.json"
    assert end["output"] == {"MapRunArn": run, "ResultWriterDetails": {"Bucket": "bucket", "Key": key}}
    manifest = json.loads(s3.get_object(Bucket="bucket", Key=key)["Body"].read())
    (file,) = manifest["ResultFiles"]["SUCCEEDED"]
    entries = json.loads(s3.get_object(Bucket="bucket", Key=file["Key"])["Body"].read())
    assert [(one["Input"], one["Output"], one["Status"]) for one in entries] == [
        ('"Hello"', '"Hello"', "SUCCEEDED"),
        ('"World"', '"World"', "SUCCEEDED"),
    ]


FAILS_AT_2 = {
    "Type": "Choice",
    "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "F"}],
    "Default": "P",
}


def choosing(**more: Any) -> dict[str, Any]:
    machine = distributed(FAILS_AT_2, **more)
    inner = machine["States"]["S"]["ItemProcessor"]["States"]
    inner |= {"F": {"Type": "Fail", "Error": "E"}, "P": {"Type": "Pass", "End": True}}
    return machine


def test_failures_that_are_tolerated(bench: Bench) -> None:
    assert bench.run(choosing(ToleratedFailureCount=1), [1, 2, 3])["output"] == [1, 3]
    assert bench.run(choosing(ToleratedFailurePercentage=34), [1, 2, 3])["output"] == [1, 3]


def test_failures_that_are_not(bench: Bench) -> None:
    end = bench.run(choosing(ToleratedFailureCountPath="$[0]"), [0, 2, 3])
    assert end["error"] == "States.ExceedToleratedFailureThreshold"
    assert end["cause"] == "The specified tolerated failure threshold was exceeded"


def test_a_map_run_ends_with_its_execution(bench: Bench) -> None:
    arn = bench.start(distributed({"Type": "Wait", "Seconds": 900, "End": True}, MaxConcurrency=2), [1, 2, 3])
    bench.until(arn, lambda _: bool(bench.sfn.list_map_runs(executionArn=arn)["mapRuns"]))
    (run,) = bench.sfn.list_map_runs(executionArn=arn)["mapRuns"]
    bench.settle(4)
    assert len(bench.sfn.list_executions(mapRunArn=run["mapRunArn"])["executions"]) == 2
    bench.sfn.update_map_run(mapRunArn=run["mapRunArn"], maxConcurrency=3)
    bench.settle(4)
    assert len(bench.sfn.list_executions(mapRunArn=run["mapRunArn"])["executions"]) == 3
    bench.sfn.stop_execution(executionArn=arn)
    bench.settle(5)
    assert bench.sfn.describe_map_run(mapRunArn=run["mapRunArn"])["status"] == "ABORTED"
    children = bench.sfn.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert {one["status"] for one in children} == {"ABORTED"}
    with pytest.raises(ClientError, match="ValidationException"):
        bench.sfn.update_map_run(mapRunArn=run["mapRunArn"], maxConcurrency=1)


def test_what_is_not_read_is_refused(bench: Bench) -> None:
    with pytest.raises(ClientError, match=r"InvalidDefinition.*ReaderConfig/InputType"):
        bench.machine(distributed(ItemReader=reader("x", InputType="PARQUET")))
