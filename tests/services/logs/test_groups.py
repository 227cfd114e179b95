"""Log groups: names, pages, retention, tags. Sentences: recorded answers of AWS (test_logs_groups) where not said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from tests.support.refusals import code_and_message

ARN = "arn:aws:logs:us-east-1:111122223333:log-group:"


class TestLife:
    def test_a_group_is_shown_as_aws_shows_it(self, logs: Any, now: int) -> None:
        logs.create_log_group(logGroupName="/aws/x")
        [group] = logs.describe_log_groups()["logGroups"]
        assert group == {
            "logGroupName": "/aws/x",
            "creationTime": now,
            "metricFilterCount": 0,
            "arn": ARN + "/aws/x:*",
            "logGroupArn": ARN + "/aws/x",
            "storedBytes": 0,
            "logGroupClass": "STANDARD",
        }

    def test_a_name_is_taken_once(self, logs: Any) -> None:
        logs.create_log_group(logGroupName="g")
        with pytest.raises(ClientError) as caught:
            logs.create_log_group(logGroupName="g")
        assert code_and_message(caught) == (
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
        )

    def test_a_deleted_group_takes_everything_with_it(
        self, logs: Any, stream: dict[str, str], now: int
    ) -> None:
        logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": "old"}])
        logs.tag_log_group(logGroupName="g", tags={"a": "b"})
        logs.delete_log_group(logGroupName="g")
        with pytest.raises(ClientError) as caught:
            logs.describe_log_streams(logGroupName="g")
        assert code_and_message(caught) == (
            "ResourceNotFoundException",
            "The specified log group does not exist.",
        )
        logs.create_log_group(logGroupName="g")
        assert logs.describe_log_streams(logGroupName="g")["logStreams"] == []
        assert logs.filter_log_events(logGroupName="g")["events"] == []
        assert logs.list_tags_log_group(logGroupName="g")["tags"] == {}

    @pytest.mark.parametrize("option", [{"kmsKeyId": "k"}, {"logGroupClass": "DELIVERY"}])
    def test_what_is_not_done_is_refused_by_name(self, logs: Any, option: dict[str, str]) -> None:
        with pytest.raises(ClientError) as caught:
            logs.create_log_group(logGroupName="g", **option)
        code, message = code_and_message(caught)
        assert code == "NotImplemented"
        assert f"CreateLogGroup with {next(iter(option))}" in message
        assert logs.describe_log_groups()["logGroups"] == []

    @pytest.mark.parametrize("name", ["aws/x", "AWS/x"])
    def test_the_names_of_aws_are_for_its_services(self, logs: Any, name: str) -> None:
        """API reference of CreateLogGroup; the sentence from hashicorp/terraform#10739."""
        with pytest.raises(ClientError) as caught:
            logs.create_log_group(logGroupName=name)
        assert code_and_message(caught) == (
            "InvalidParameterException",
            "Log groups starting with AWS/ are reserved for AWS.",
        )

    def test_a_name_that_breaks_the_rules(self, logs: Any) -> None:
        with pytest.raises(ClientError) as caught:
            logs.create_log_group(logGroupName="a b")
        assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


class TestListing:
    def test_pages_in_the_order_of_names(self, logs: Any) -> None:
        names = [f"g{n:02}" for n in range(7)]
        for name in reversed(names):
            logs.create_log_group(logGroupName=name)
        pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 3})
        got = [[group["logGroupName"] for group in page["logGroups"]] for page in pages]
        assert got == [names[:3], names[3:6], names[6:]]

    def test_a_prefix_is_no_pattern(self, logs: Any) -> None:
        for name in ("a_b", "axb", "a_b2"):
            logs.create_log_group(logGroupName=name)
        found = logs.describe_log_groups(logGroupNamePrefix="a_b")["logGroups"]
        assert [group["logGroupName"] for group in found] == ["a_b", "a_b2"]

    def test_a_pattern_is_a_part_of_the_name_and_minds_case(self, logs: Any) -> None:
        for name in ("DataLogs", "a/DataLogs", "datalogs"):
            logs.create_log_group(logGroupName=name)
        found = logs.describe_log_groups(logGroupNamePattern="DataLogs")["logGroups"]
        assert [group["logGroupName"] for group in found] == ["DataLogs", "a/DataLogs"]
        assert "storedBytes" not in found[0]  # recorded: list-log-groups-match

    def test_prefix_and_pattern_exclude_each_other(self, logs: Any) -> None:
        with pytest.raises(ClientError) as caught:
            logs.describe_log_groups(logGroupNamePrefix="a", logGroupNamePattern="b")
        assert code_and_message(caught) == (
            "InvalidParameterException",
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        )

    def test_a_forged_token(self, logs: Any) -> None:
        with pytest.raises(ClientError) as caught:
            logs.describe_log_groups(nextToken="abc")
        assert code_and_message(caught) == (
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        )

    def test_stored_bytes_count_the_overhead_and_follow_deletion(
        self, logs: Any, stream: dict[str, str], now: int
    ) -> None:
        logs.create_log_stream(logGroupName="g", logStreamName="other")
        logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": "é"}] * 3)
        logs.put_log_events(
            logGroupName="g", logStreamName="other", logEvents=[{"timestamp": now, "message": "abc"}]
        )
        assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 3 * 28 + 29
        logs.delete_log_stream(**stream)
        assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 29


class TestClasses:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html"""

    @pytest.fixture(autouse=True)
    def _groups(self, logs: Any) -> None:
        logs.create_log_group(logGroupName="often", logGroupClass="STANDARD")
        logs.create_log_group(logGroupName="seldom", logGroupClass="INFREQUENT_ACCESS")

    def test_are_shown_and_filtered_by(self, logs: Any) -> None:
        def listed(**wanted: str) -> dict[str, str]:
            found = logs.describe_log_groups(**wanted)["logGroups"]
            return {group["logGroupName"]: group["logGroupClass"] for group in found}

        assert listed() == {"often": "STANDARD", "seldom": "INFREQUENT_ACCESS"}
        assert listed(logGroupClass="STANDARD") == {"often": "STANDARD"}
        assert listed(logGroupClass="INFREQUENT_ACCESS") == {"seldom": "INFREQUENT_ACCESS"}
        assert listed(logGroupClass="DELIVERY") == {}

    def test_a_class_goes_with_its_group(self, logs: Any) -> None:
        logs.delete_log_group(logGroupName="seldom")
        logs.create_log_group(logGroupName="seldom")
        found = logs.describe_log_groups(logGroupNamePrefix="seldom")["logGroups"]
        assert found[0]["logGroupClass"] == "STANDARD"

    def test_infrequent_access_takes_events_and_does_not_show_them(self, logs: Any, now: int) -> None:
        """The sentence: aws/karpenter-provider-aws#9567."""
        logs.create_log_stream(logGroupName="seldom", logStreamName="s")
        event = {"timestamp": now, "message": "x"}
        logs.put_log_events(logGroupName="seldom", logStreamName="s", logEvents=[event])
        assert logs.describe_log_groups()["logGroups"][1]["storedBytes"] == 27
        with pytest.raises(ClientError) as caught:
            logs.filter_log_events(logGroupName="seldom")
        assert code_and_message(caught) == (
            "InvalidOperationException",
            "The log group seldom is of log-group-class INFREQUENT_ACCESS. FilterLogEvents is not supported for this "
            "log class.",
        )
        with pytest.raises(ClientError) as caught:
            logs.get_log_events(logGroupName="seldom", logStreamName="s")
        assert code_and_message(caught)[0] == "InvalidOperationException"


class TestArns:
    @pytest.mark.parametrize(
        "arn",
        [
            "arn:aws:logs:eu-west-1:111122223333:log-group:g",
            "arn:aws:logs:us-east-1:999999999999:log-group:g",
            "arn:aws:s3:::g",
        ],
        ids=["region", "account", "service"],
    )
    def test_of_another_place_is_no_group_of_ours(self, logs: Any, stream: dict[str, str], arn: str) -> None:
        """Groups are unique within a region for an account (API reference of CreateLogGroup)."""
        calls: list[Callable[[], Any]] = [
            lambda: logs.filter_log_events(logGroupIdentifier=arn),
            lambda: logs.describe_log_streams(logGroupIdentifier=arn),
            lambda: logs.get_log_events(logGroupIdentifier=arn, logStreamName="s"),
            lambda: logs.tag_resource(resourceArn=arn, tags={"a": "b"}),
            lambda: logs.untag_resource(resourceArn=arn, tagKeys=["a"]),
            lambda: logs.list_tags_for_resource(resourceArn=arn),
        ]
        for call in calls:
            with pytest.raises(ClientError) as caught:
                call()
            assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
        assert logs.describe_log_groups(logGroupIdentifiers=[arn])["logGroups"] == []

    def test_of_a_group_names_it_and_with_a_star_does_not(self, logs: Any, stream: dict[str, str]) -> None:
        """API reference of logGroupIdentifier: its pattern has no `*`."""
        assert logs.filter_log_events(logGroupIdentifier=ARN + "g")["events"] == []
        assert len(logs.describe_log_groups(logGroupIdentifiers=[ARN + "g"])["logGroups"]) == 1
        with pytest.raises(ClientError) as caught:
            logs.filter_log_events(logGroupIdentifier=ARN + "g:*")
        assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


class TestRetention:
    def test_old_events_vanish(self, logs: Any, stream: dict[str, str], now: int, clock: FakeClock) -> None:
        almost_a_day_ago = now - 86_400_000 + 300_000
        logs.put_log_events(**stream, logEvents=[{"timestamp": almost_a_day_ago, "message": "old"}])
        logs.put_retention_policy(logGroupName="g", retentionInDays=1)
        assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 1
        assert len(logs.get_log_events(**stream)["events"]) == 1
        clock.advance(600)
        assert logs.get_log_events(**stream)["events"] == []
        assert logs.filter_log_events(logGroupName="g")["events"] == []
        later = int(clock.now() * 1000)
        logs.put_log_events(**stream, logEvents=[{"timestamp": later, "message": "new"}])
        assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 29
        logs.delete_retention_policy(logGroupName="g")
        assert [event["message"] for event in logs.get_log_events(**stream)["events"]] == ["new"]

    def test_days_are_of_business_time(
        self, logs: Any, stream: dict[str, str], now: int, clock: FakeClock, move: Callable[[float], None]
    ) -> None:
        """What is sent after time was moved is young, though its sender dates it by the machine's clock."""
        logs.put_retention_policy(logGroupName="g", retentionInDays=3653)
        logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": "old"}])
        clock.advance(1)
        move(3_652 * 86_400)
        assert len(logs.get_log_events(**stream)["events"]) == 1
        move(86_400)
        assert logs.get_log_events(**stream)["events"] == []
        assert logs.filter_log_events(logGroupName="g")["events"] == []
        later = {"timestamp": now + 1000, "message": "new"}
        assert "rejectedLogEventsInfo" not in logs.put_log_events(**stream, logEvents=[later])
        assert [event["timestamp"] for event in logs.get_log_events(**stream)["events"]] == [now + 1000]
        assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 29, "the old one is deleted"
        sent = logs.put_log_events(**stream, logEvents=[{"timestamp": now, "message": "late"}])
        assert sent["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}

    def test_only_some_numbers_of_days(self, logs: Any, stream: dict[str, str]) -> None:
        with pytest.raises(ClientError) as caught:
            logs.put_retention_policy(logGroupName="g", retentionInDays=2)
        code, message = code_and_message(caught)
        assert code == "InvalidParameterException"
        assert "Value '2' at 'retentionInDays'" in message

    def test_a_group_that_is_not_there(self, logs: Any) -> None:
        with pytest.raises(ClientError) as caught:
            logs.put_retention_policy(logGroupName="no", retentionInDays=2)
        assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
        with pytest.raises(ClientError) as caught:
            logs.put_retention_policy(logGroupName="no", retentionInDays=1)
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


class TestTags:
    def test_by_name_and_by_arn_are_the_same_tags(self, logs: Any) -> None:
        logs.create_log_group(logGroupName="g", tags={"one": "1"})
        logs.tag_log_group(logGroupName="g", tags={"two": "2"})
        logs.tag_resource(resourceArn=ARN + "g", tags={"three": "3"})
        everything = {"one": "1", "two": "2", "three": "3"}
        assert logs.list_tags_for_resource(resourceArn=ARN + "g")["tags"] == everything
        assert logs.list_tags_log_group(logGroupName="g")["tags"] == everything
        logs.untag_log_group(logGroupName="g", tags=["one"])
        logs.untag_resource(resourceArn=ARN + "g", tagKeys=["two"])
        assert logs.list_tags_log_group(logGroupName="g")["tags"] == {"three": "3"}

    def test_at_most_fifty(self, logs: Any) -> None:
        logs.create_log_group(logGroupName="g", tags={f"k{n}": "" for n in range(50)})
        with pytest.raises(ClientError) as caught:
            logs.tag_resource(resourceArn=ARN + "g", tags={"more": ""})
        assert caught.value.response["Error"]["Code"] == "TooManyTagsException"
        logs.tag_resource(resourceArn=ARN + "g", tags={"k0": "again"})

    @pytest.mark.parametrize(
        "call",
        [
            lambda logs: logs.tag_resource(resourceArn=ARN + "no", tags={"a": "b"}),
            lambda logs: logs.list_tags_for_resource(resourceArn=ARN + "no"),
            lambda logs: logs.list_tags_log_group(logGroupName="no"),
        ],
    )
    def test_of_a_group_that_is_not_there(self, logs: Any, call: Callable[[Any], Any]) -> None:
        with pytest.raises(ClientError) as caught:
            call(logs)
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


class TestRegions:
    def test_groups_belong_to_a_region(self, client: Callable[..., Any]) -> None:
        here, there = client("logs"), client("logs", region_name="eu-west-1")
        here.create_log_group(logGroupName="g")
        assert there.describe_log_groups()["logGroups"] == []
        there.create_log_group(logGroupName="g")
