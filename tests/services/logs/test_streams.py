"""Log streams: their order, their pages, and what DescribeLogStreams says of them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def names(page: dict[str, Any]) -> list[str]:
    return [stream["logStreamName"] for stream in page["logStreams"]]


def test_a_stream_without_events(logs: Any, stream: dict[str, str], now: int) -> None:
    """Recorded: test_describe_log_streams_with_prefix."""
    assert logs.describe_log_streams(logGroupName="g", logStreamNamePrefix="s")["logStreams"] == [
        {
            "logStreamName": "s",
            "creationTime": now,
            "arn": "arn:aws:logs:us-east-1:111122223333:log-group:g:log-stream:s",
            "storedBytes": 0,
        }
    ]


def test_a_stream_with_events(logs: Any, stream: dict[str, str], now: int) -> None:
    events = [{"timestamp": now - 2000, "message": "a"}, {"timestamp": now - 1000, "message": "b"}]
    token = logs.put_log_events(**stream, logEvents=events)["nextSequenceToken"]
    [shown] = logs.describe_log_streams(logGroupName="g")["logStreams"]
    assert (shown["firstEventTimestamp"], shown["lastEventTimestamp"]) == (now - 2000, now - 1000)
    assert (shown["lastIngestionTime"], shown["uploadSequenceToken"]) == (now, token)


def test_a_name_is_taken_once(logs: Any, stream: dict[str, str]) -> None:
    with pytest.raises(ClientError) as caught:
        logs.create_log_stream(**stream)
    assert caught.value.response["Error"] == {
        "Code": "ResourceAlreadyExistsException",
        "Message": "The specified log stream already exists",
    }


def test_a_stream_of_a_group_that_is_not_there(logs: Any) -> None:
    with pytest.raises(ClientError) as caught:
        logs.create_log_stream(logGroupName="no", logStreamName="s")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_pages_by_name_in_both_directions(logs: Any) -> None:
    logs.create_log_group(logGroupName="g")
    every = [f"job/algo-{n}" for n in range(5)]
    for name in every:
        logs.create_log_stream(logGroupName="g", logStreamName=name)
    logs.create_log_stream(logGroupName="g", logStreamName="job2/algo-1")
    paginator = logs.get_paginator("describe_log_streams")
    for descending, expected in ((False, every), (True, every[::-1])):
        pages = paginator.paginate(
            logGroupName="g",
            logStreamNamePrefix="job/",
            descending=descending,
            PaginationConfig={"PageSize": 2},
        )
        assert [names(page) for page in pages] == [expected[:2], expected[2:4], expected[4:]]


def test_by_the_time_of_the_last_event(logs: Any, now: int) -> None:
    """Streams without events have the earliest of times; streams may come between two pages."""
    logs.create_log_group(logGroupName="g")
    for name, at in (("a", now), ("b", now - 5000), ("c", None), ("d", now)):
        logs.create_log_stream(logGroupName="g", logStreamName=name)
        if at:
            event = {"timestamp": at, "message": "x"}
            logs.put_log_events(logGroupName="g", logStreamName=name, logEvents=[event])
    query = {"logGroupName": "g", "orderBy": "LastEventTime", "descending": True, "limit": 2}
    first = logs.describe_log_streams(**query)
    assert names(first) == ["d", "a"]
    logs.delete_log_stream(logGroupName="g", logStreamName="a")
    second = logs.describe_log_streams(**query, nextToken=first["nextToken"])
    assert names(second) == ["b", "c"]
    assert "nextToken" not in second


def test_the_time_of_the_last_event_and_a_prefix(logs: Any, stream: dict[str, str]) -> None:
    with pytest.raises(ClientError) as caught:
        logs.describe_log_streams(logGroupName="g", logStreamNamePrefix="s", orderBy="LastEventTime")
    assert (
        caught.value.response["Error"]["Message"]
        == "Cannot order by LastEventTime with a logStreamNamePrefix."
    )


def test_a_token_of_another_order(logs: Any) -> None:
    logs.create_log_group(logGroupName="g")
    for name in "abc":
        logs.create_log_stream(logGroupName="g", logStreamName=name)
    token = logs.describe_log_streams(logGroupName="g", limit=1)["nextToken"]
    with pytest.raises(ClientError) as caught:
        logs.describe_log_streams(logGroupName="g", orderBy="LastEventTime", nextToken=token)
    assert caught.value.response["Error"]["Message"] == "The specified nextToken is invalid."


def test_by_the_arn_of_the_group(logs: Any, stream: dict[str, str]) -> None:
    arn = "arn:aws:logs:us-east-1:111122223333:log-group:g"
    assert names(logs.describe_log_streams(logGroupIdentifier=arn)) == ["s"]
    with pytest.raises(ClientError) as caught:
        logs.describe_log_streams()
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


def test_a_deleted_stream_is_gone(logs: Any, stream: dict[str, str], now: int) -> None:
    logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": "x"}])
    logs.delete_log_stream(**stream)
    with pytest.raises(ClientError) as caught:
        logs.get_log_events(**stream)
    assert caught.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "The specified log stream does not exist.",
    }
    logs.create_log_stream(**stream)
    assert logs.get_log_events(**stream)["events"] == []
