"""FilterLogEvents over several streams, and its pages."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.services.logs import filter_log_events


@pytest.fixture(autouse=True)
def streams(logs: Any, now: int) -> None:
    """Three streams whose events alternate in time: `a/1` 0, `a/2` 1, `b` 2, `a/1` 3 …"""
    logs.create_log_group(logGroupName="g")
    for start, name in enumerate(("a/1", "a/2", "b")):
        logs.create_log_stream(logGroupName="g", logStreamName=name)
        events = [
            {"timestamp": now - 1000 + n, "message": f"{'ERROR' if n % 2 else 'INFO'} {n}"}
            for n in range(start, 12, 3)
        ]
        logs.put_log_events(logGroupName="g", logStreamName=name, logEvents=events)


def numbers(page: dict[str, Any]) -> list[int]:
    return [int(event["message"].split()[1]) for event in page["events"]]


def test_in_the_order_of_time_across_streams(logs: Any, now: int) -> None:
    page = logs.filter_log_events(logGroupName="g")
    assert numbers(page) == list(range(12))
    assert page["searchedLogStreams"] == []
    assert "nextToken" not in page
    first = page["events"][0]
    assert (first["logStreamName"], first["timestamp"], first["ingestionTime"]) == ("a/1", now - 1000, now)
    assert len({event["eventId"] for event in page["events"]}) == 12


def test_pages_as_the_paginator_takes_them(logs: Any) -> None:
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="g", filterPattern="ERROR", PaginationConfig={"PageSize": 4}
    )
    assert [numbers(page) for page in pages] == [[1, 3, 5, 7], [9, 11]]


def test_a_full_last_page_has_no_token(logs: Any) -> None:
    page = logs.filter_log_events(logGroupName="g", limit=12)
    assert len(page["events"]) == 12
    assert "nextToken" not in page


def test_some_streams(logs: Any) -> None:
    assert numbers(logs.filter_log_events(logGroupName="g", logStreamNames=["b"])) == [2, 5, 8, 11]
    both = logs.filter_log_events(logGroupName="g", logStreamNames=["a/2", "a/1"])
    assert numbers(both) == [0, 1, 3, 4, 6, 7, 9, 10]
    assert numbers(logs.filter_log_events(logGroupName="g", logStreamNamePrefix="a/")) == numbers(both)


def test_times_are_inclusive(logs: Any, now: int) -> None:
    page = logs.filter_log_events(logGroupName="g", startTime=now - 997, endTime=now - 995)
    assert numbers(page) == [3, 4, 5]


def test_the_latest_first(logs: Any, now: int) -> None:
    query = {"logGroupName": "g", "startFromHead": False, "startTime": now - 10_000, "limit": 5}
    first = logs.filter_log_events(**query)
    assert numbers(first) == [11, 10, 9, 8, 7]
    query.pop("startFromHead")  # the token determines the direction (API reference)
    assert numbers(logs.filter_log_events(**query, nextToken=first["nextToken"])) == [6, 5, 4, 3, 2]


def test_the_latest_first_needs_a_start(logs: Any) -> None:
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(logGroupName="g", startFromHead=False)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


def test_names_and_a_prefix_exclude_each_other(logs: Any) -> None:
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(logGroupName="g", logStreamNames=["b"], logStreamNamePrefix="a")
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


def test_the_limit_has_a_limit(logs: Any) -> None:
    """Recorded: test_filter_log_events_limit_validation."""
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(logGroupName="g", limit=10001)
    assert caught.value.response["Error"] == {
        "Code": "InvalidParameterException",
        "Message": "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 10000",
    }


@pytest.mark.parametrize("names", [{"logGroupName": "no"}, {"logGroupName": "g", "logStreamNames": ["no"]}])
def test_what_is_not_there(logs: Any, names: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(**names)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_forged_token(logs: Any) -> None:
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(logGroupName="g", nextToken="Zm9yZ2Vk")
    assert caught.value.response["Error"]["Message"] == "The specified nextToken is invalid."


def test_a_long_look_is_cut_and_goes_on(logs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages may be short or empty and yet not the last (API reference)."""
    monkeypatch.setattr(filter_log_events, "_MOST_SCANNED", 4)
    monkeypatch.setattr(filter_log_events, "_FEWEST", 1)
    monkeypatch.setattr(filter_log_events, "_CHUNK", 2)
    query = {"logGroupName": "g", "filterPattern": "11"}
    first = logs.filter_log_events(**query)
    assert first["events"] == []
    second = logs.filter_log_events(**query, nextToken=first["nextToken"])
    third = logs.filter_log_events(**query, nextToken=second["nextToken"])
    assert numbers(third) == [11]


def test_an_answer_has_at_most_a_megabyte(logs: Any, now: int) -> None:
    for n in range(3):
        event = {"timestamp": now, "message": f"BIG {n} " + "x" * 600_000}
        logs.put_log_events(logGroupName="g", logStreamName="b", logEvents=[event])
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="g", filterPattern="BIG")
    assert [numbers(page) for page in pages if page["events"]] == [[0], [1], [2]]
