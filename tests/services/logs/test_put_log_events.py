"""PutLogEvents and GetLogEvents. Sentences: recorded answers of AWS (test_logs_events) and the API reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from tests.support.refusals import code_and_message

HOUR = 3_600_000
DAY = 24 * HOUR


def texts(page: dict[str, Any]) -> list[str]:
    return [event["message"] for event in page["events"]]


class TestPut:
    def test_into_a_stream_that_is_not_there(self, logs: Any, now: int) -> None:
        logs.create_log_group(logGroupName="g")
        with pytest.raises(ClientError) as caught:
            logs.put_log_events(
                logGroupName="g", logStreamName="no", logEvents=[{"timestamp": now, "message": "x"}]
            )
        assert code_and_message(caught) == (
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
        )

    def test_out_of_order(self, logs: Any, stream: dict[str, str], now: int) -> None:
        events = [{"timestamp": now, "message": "a"}, {"timestamp": now - 1, "message": "b"}]
        with pytest.raises(ClientError) as caught:
            logs.put_log_events(**stream, logEvents=events)
        assert code_and_message(caught) == (
            "InvalidParameterException",
            "Log events in a single PutLogEvents request must be in chronological order.",
        )
        assert texts(logs.get_log_events(**stream)) == []

    def test_too_new(self, logs: Any, stream: dict[str, str], now: int) -> None:
        events = [{"timestamp": now, "message": "good"}, {"timestamp": now + 3 * HOUR, "message": "new"}]
        answer = logs.put_log_events(**stream, logEvents=events)
        assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
        assert answer["nextSequenceToken"]
        assert texts(logs.get_log_events(**stream)) == ["good"]

    def test_too_old(self, logs: Any, stream: dict[str, str], now: int) -> None:
        """The index is exclusive (API reference of RejectedLogEventsInfo)."""
        old = {"timestamp": now - 15 * DAY, "message": "old"}
        answer = logs.put_log_events(**stream, logEvents=[old, old, {"timestamp": now, "message": "good"}])
        assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2}
        assert texts(logs.get_log_events(**stream)) == ["good"]

    def test_older_than_the_retention(self, logs: Any, stream: dict[str, str], now: int) -> None:
        logs.put_retention_policy(logGroupName="g", retentionInDays=3)
        event = {"timestamp": now - 4 * DAY, "message": "old"}
        answer = logs.put_log_events(**stream, logEvents=[event])
        assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
        assert texts(logs.get_log_events(**stream)) == []

    def test_a_span_of_more_than_a_day(self, logs: Any, stream: dict[str, str], now: int) -> None:
        events = [{"timestamp": now - DAY - 1, "message": "a"}, {"timestamp": now, "message": "b"}]
        with pytest.raises(ClientError) as caught:
            logs.put_log_events(**stream, logEvents=events)
        assert code_and_message(caught) == (
            "InvalidParameterException",
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        )

    def test_a_batch_that_is_too_large(self, logs: Any, stream: dict[str, str], now: int) -> None:
        """The sum of the messages in UTF-8 and 26 bytes for each event: at most 1 MiB."""
        just = "x" * (524_288 - 26)
        logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": just}] * 2)
        with pytest.raises(ClientError) as caught:
            logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": just + "é"}] * 2)
        assert code_and_message(caught) == (
            "InvalidParameterException",
            "Upload too large: 1048580 bytes exceeds limit of 1048576",
        )

    def test_an_event_that_is_too_large(self, logs: Any, stream: dict[str, str], now: int) -> None:
        """An event may have 1 MB (API reference); the sentence is reported in many issues, as aws/aws-sdk-js-v3#6164."""
        logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": "x" * (1_048_576 - 26)}])
        with pytest.raises(ClientError) as caught:
            logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": "x" * 1_048_576}])
        assert code_and_message(caught) == (
            "InvalidParameterException",
            "Log event too large: 1048602 bytes exceeds limit of 1048576",
        )

    def test_any_sequence_token_will_do(self, logs: Any, stream: dict[str, str], now: int) -> None:
        event = {"timestamp": now, "message": "x"}
        logs.put_log_events(**stream, logEvents=[event], sequenceToken="whatever")
        logs.put_log_events(**stream, logEvents=[event], sequenceToken="whatever")
        assert texts(logs.get_log_events(**stream)) == ["x", "x"]

    def test_an_empty_batch_is_none(self, client: Callable[..., Any], stream: dict[str, str]) -> None:
        unchecked = client("logs", config=Config(parameter_validation=False))
        with pytest.raises(ClientError) as caught:
            unchecked.put_log_events(**stream, logEvents=[])
        assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


class TestGet:
    @pytest.fixture(autouse=True)
    def _events(self, logs: Any, stream: dict[str, str], now: int) -> None:
        events = [{"timestamp": now - 1000 + n // 2, "message": f"m{n}"} for n in range(10)]
        logs.put_log_events(**stream, logEvents=events)

    def test_from_the_tail_unless_told_otherwise(self, logs: Any, stream: dict[str, str]) -> None:
        assert texts(logs.get_log_events(**stream, limit=3)) == ["m7", "m8", "m9"]
        assert texts(logs.get_log_events(**stream, limit=3, startFromHead=True)) == ["m0", "m1", "m2"]

    def test_forward_until_the_token_stays_the_same(
        self, logs: Any, stream: dict[str, str], now: int
    ) -> None:
        """As the SDKs' log loop does; what comes later is found with the last token."""
        got: list[str] = []
        page = logs.get_log_events(**stream, limit=4, startFromHead=True)
        while texts(page):
            got += texts(page)
            token = page["nextForwardToken"]
            page = logs.get_log_events(**stream, limit=4, startFromHead=True, nextToken=token)
        assert got == [f"m{n}" for n in range(10)]
        assert page["nextForwardToken"] == token
        logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": "later"}])
        page = logs.get_log_events(**stream, startFromHead=True, nextToken=token)
        assert texts(page) == ["later"]

    def test_backward_until_the_token_stays_the_same(self, logs: Any, stream: dict[str, str]) -> None:
        got: list[str] = []
        page = logs.get_log_events(**stream, limit=4)
        while texts(page):
            got = texts(page) + got
            token = page["nextBackwardToken"]
            page = logs.get_log_events(**stream, limit=4, nextToken=token)
        assert got == [f"m{n}" for n in range(10)]
        assert page["nextBackwardToken"] == token

    def test_the_tokens_have_the_form_of_aws(self, logs: Any, stream: dict[str, str]) -> None:
        page = logs.get_log_events(**stream)
        assert page["nextForwardToken"].startswith("f/")
        assert page["nextBackwardToken"].startswith("b/")
        assert len(page["nextForwardToken"]) == len("f//s") + 56

    @pytest.mark.parametrize("token", ["invalid", "f/12/s", "f/" + "9" * 56 + "/s"])
    def test_an_invalid_token(self, logs: Any, stream: dict[str, str], token: str) -> None:
        with pytest.raises(ClientError) as caught:
            logs.get_log_events(**stream, nextToken=token)
        assert code_and_message(caught) == (
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        )

    def test_start_is_inclusive_and_end_exclusive(self, logs: Any, stream: dict[str, str], now: int) -> None:
        page = logs.get_log_events(**stream, startTime=now - 999, endTime=now - 998)
        assert texts(page) == ["m2", "m3"]

    def test_by_the_arn_of_the_group(self, logs: Any, stream: dict[str, str]) -> None:
        arn = "arn:aws:logs:us-east-1:111122223333:log-group:g:*"
        with pytest.raises(ClientError):
            logs.get_log_events(logStreamName="s")
        page = logs.get_log_events(logGroupIdentifier=arn.removesuffix(":*"), logStreamName="s")
        assert len(page["events"]) == 10


def test_an_answer_has_at_most_a_megabyte(
    logs: Any, stream: dict[str, str], now: int, clock: FakeClock
) -> None:
    """Either end is whole: nothing is left out between the pages."""
    for n in range(4):
        events = [{"timestamp": now + n, "message": f"{n}{m}" + "x" * 300_000} for m in range(2)]
        logs.put_log_events(**stream, logEvents=events)
    every = [f"{n}{m}" for n in range(4) for m in range(2)]
    page = logs.get_log_events(**stream)
    assert [text[:2] for text in texts(page)] == every[-3:]
    page = logs.get_log_events(**stream, startFromHead=True)
    assert [text[:2] for text in texts(page)] == every[:3]
    page = logs.get_log_events(**stream, nextToken=page["nextForwardToken"])
    assert [text[:2] for text in texts(page)] == every[3:6]


def test_events_of_one_moment_keep_their_order(logs: Any, stream: dict[str, str], now: int) -> None:
    for n in range(3):
        logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": f"{n}{m}"} for m in range(3)])
    expected = [f"{n}{m}" for n in range(3) for m in range(3)]
    assert texts(logs.get_log_events(**stream)) == expected
    assert [event["message"] for event in logs.filter_log_events(logGroupName="g")["events"]] == expected
