"""Alarms through the API. Members and sentences: recorded answers of AWS (test_cloudwatch)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock

ARN = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:"
MINIMAL = {
    "AlarmName": "a",
    "MetricName": "m",
    "Namespace": "N",
    "Period": 60,
    "Statistic": "Sum",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "Threshold": 30,
}


@pytest.fixture
def alarm(cloudwatch: Any) -> Callable[..., dict[str, Any]]:
    """Make an alarm, minimal but for what is said."""

    def alarm(**more: Any) -> dict[str, Any]:
        given = {name: value for name, value in (MINIMAL | more).items() if value is not None}
        cloudwatch.put_metric_alarm(**given)
        return given

    return alarm


@pytest.fixture
def seen(cloudwatch: Any) -> Callable[..., dict[str, Any]]:
    def seen(name: str = "a") -> dict[str, Any]:
        [found] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return found

    return seen


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return caught.value.response["Error"]["Code"]


class TestLife:
    def test_a_new_alarm(self, cloudwatch: Any, alarm: Callable[..., Any], clock: FakeClock) -> None:
        """Recorded: test_describe_minimal_metric_alarm."""
        alarm()
        answer = cloudwatch.describe_alarms()
        assert (answer["CompositeAlarms"], answer["LogAlarms"]) == ([], [])
        [shown] = answer["MetricAlarms"]
        for member in (
            "AlarmConfigurationUpdatedTimestamp",
            "StateUpdatedTimestamp",
            "StateTransitionedTimestamp",
        ):
            assert shown.pop(member).timestamp() == pytest.approx(clock.now(), abs=0.01)
        assert shown == {
            **MINIMAL,
            "Threshold": 30.0,
            "ActionsEnabled": True,
            "AlarmActions": [],
            "AlarmArn": ARN + "a",
            "Dimensions": [],
            "InsufficientDataActions": [],
            "OKActions": [],
            "StateReason": "Unchecked: Initial alarm creation",
            "StateValue": "INSUFFICIENT_DATA",
        }

    def test_another_configuration_leaves_the_state(
        self, cloudwatch: Any, alarm: Callable[..., Any], seen: Callable[..., Any]
    ) -> None:
        alarm(AlarmDescription="first", Tags=[{"Key": "k", "Value": "v"}])
        cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="testing alarm")
        alarm(Threshold=40, Tags=[{"Key": "other", "Value": "v"}])
        shown = seen()
        assert (shown["Threshold"], shown["StateValue"], shown["StateReason"]) == (
            40.0,
            "ALARM",
            "testing alarm",
        )
        assert "AlarmDescription" not in shown
        tags = cloudwatch.list_tags_for_resource(ResourceARN=ARN + "a")["Tags"]
        assert tags == [{"Key": "k", "Value": "v"}]

    def test_deletion_is_of_all_or_none(self, cloudwatch: Any, alarm: Callable[..., Any]) -> None:
        alarm(Tags=[{"Key": "k", "Value": "v"}])
        with pytest.raises(ClientError) as caught:
            cloudwatch.delete_alarms(AlarmNames=["a", "no"])
        assert code(caught) == "ResourceNotFound"
        assert len(cloudwatch.describe_alarms()["MetricAlarms"]) == 1
        cloudwatch.delete_alarms(AlarmNames=["a"])
        assert cloudwatch.describe_alarms()["MetricAlarms"] == []
        assert cloudwatch.list_tags_for_resource(ResourceARN=ARN + "a")["Tags"] == []

    def test_actions_switched_off_and_on(
        self, cloudwatch: Any, alarm: Callable[..., Any], seen: Callable[..., Any]
    ) -> None:
        alarm()
        cloudwatch.disable_alarm_actions(AlarmNames=["a"])
        assert seen()["ActionsEnabled"] is False
        cloudwatch.enable_alarm_actions(AlarmNames=["a"])
        assert seen()["ActionsEnabled"] is True

    def test_tags(self, cloudwatch: Any, alarm: Callable[..., Any]) -> None:
        alarm(Tags=[{"Key": "tag1", "Value": "foo"}])
        cloudwatch.tag_resource(ResourceARN=ARN + "a", Tags=[{"Key": "tag2", "Value": "bar"}])
        cloudwatch.untag_resource(ResourceARN=ARN + "a", TagKeys=["tag1"])
        tags = cloudwatch.list_tags_for_resource(ResourceARN=ARN + "a")["Tags"]
        assert tags == [{"Key": "tag2", "Value": "bar"}]
        with pytest.raises(ClientError) as caught:
            cloudwatch.tag_resource(ResourceARN=ARN + "no", Tags=[{"Key": "k", "Value": "v"}])
        assert code(caught) == "ResourceNotFoundException"


class TestSetState:
    def test_by_hand(self, cloudwatch: Any, alarm: Callable[..., Any], seen: Callable[..., Any]) -> None:
        """Recorded: test_set_alarm."""
        alarm()
        cloudwatch.set_alarm_state(
            AlarmName="a", StateValue="ALARM", StateReason="testing alarm", StateReasonData='{"k": "v"}'
        )
        shown = seen()
        assert (shown["StateValue"], shown["StateReason"]) == ("ALARM", "testing alarm")
        assert shown["StateReasonData"] == '{"k": "v"}'
        cloudwatch.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="resetting alarm")
        assert "StateReasonData" not in seen()

    def test_a_state_that_there_is_not(self, cloudwatch: Any, alarm: Callable[..., Any]) -> None:
        """Recorded: test_set_alarm_invalid_input."""
        alarm()
        with pytest.raises(ClientError) as caught:
            cloudwatch.set_alarm_state(AlarmName="a", StateValue="INVALID", StateReason="x")
        error = caught.value.response["Error"]
        assert error["Message"].startswith(
            "1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: Member must "
            "satisfy enum value set: ["
        )
        assert error["Code"] == "ValidationError"

    def test_an_alarm_that_is_not_there(self, cloudwatch: Any) -> None:
        """Recorded: error-resource-not-found: no sentence, status 404."""
        with pytest.raises(ClientError) as caught:
            cloudwatch.set_alarm_state(AlarmName="no", StateValue="OK", StateReason="x")
        response = caught.value.response
        assert (code(caught), response["Error"]["Message"]) == ("ResourceNotFound", "")
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 404

    def test_data_that_are_no_json(self, cloudwatch: Any, alarm: Callable[..., Any]) -> None:
        alarm()
        with pytest.raises(ClientError) as caught:
            cloudwatch.set_alarm_state(
                AlarmName="a", StateValue="OK", StateReason="x", StateReasonData="{'no'}"
            )
        assert code(caught) == "InvalidFormat"


class TestLists:
    def test_by_prefix_state_and_page(self, cloudwatch: Any, alarm: Callable[..., Any]) -> None:
        for name in ("x1", "x2", "x3", "y_1"):
            alarm(AlarmName=name)
        cloudwatch.set_alarm_state(AlarmName="x2", StateValue="OK", StateReason="x")
        pages = cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix="x", PaginationConfig={"PageSize": 2}
        )
        got = [[alarm["AlarmName"] for alarm in page["MetricAlarms"]] for page in pages]
        assert got == [["x1", "x2"], ["x3"]]
        [found] = cloudwatch.describe_alarms(StateValue="OK")["MetricAlarms"]
        assert found["AlarmName"] == "x2"
        assert cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["MetricAlarms"] == []
        with pytest.raises(ClientError) as caught:
            cloudwatch.describe_alarms(NextToken="AAAA")
        assert code(caught) == "InvalidNextToken"

    def test_for_a_metric(self, cloudwatch: Any, alarm: Callable[..., Any]) -> None:
        pair = [{"Name": "d", "Value": "1"}]
        alarm(AlarmName="plain")
        alarm(AlarmName="with", Dimensions=pair)
        alarm(AlarmName="other", MetricName="o")
        alarm(AlarmName="max", Statistic="Maximum")

        def names(**query: Any) -> list[str]:
            found = cloudwatch.describe_alarms_for_metric(MetricName="m", Namespace="N", **query)
            return [alarm["AlarmName"] for alarm in found["MetricAlarms"]]

        assert names() == ["max", "plain"]
        assert names(Dimensions=pair) == ["with"]
        assert names(Statistic="Maximum") == ["max"]


NO_METRIC = {"MetricName": None, "Namespace": None, "Period": None, "Statistic": None}
QUERY: dict[str, Any] = {
    "Id": "a",
    "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"},
}
SET_TOO = "Statistic should not be set if list of Metrics is set."


class TestRefusals:
    @pytest.mark.parametrize(
        "change",
        [
            {"AlarmActions": ["arn:aws:sns:us-east-1:111122223333:t"]},
            {"ThresholdMetricId": "t"},
            {"ComparisonOperator": "GreaterThanUpperThreshold"},
            {"EvaluateLowSampleCountPercentile": "ignore"},
        ],
    )
    def test_what_is_not_done(
        self, cloudwatch: Any, alarm: Callable[..., Any], change: dict[str, Any]
    ) -> None:
        with pytest.raises(ClientError) as caught:
            alarm(**change)
        assert code(caught) == "NotImplemented"
        assert cloudwatch.describe_alarms()["MetricAlarms"] == []

    @pytest.mark.parametrize(
        "change",
        [
            {"Statistic": None},
            {"ExtendedStatistic": "p90"},
            {"Statistic": None, "ExtendedStatistic": "nonsense"},
            {"MetricName": None},
            {"Period": 61},
            {"Threshold": None},
            {"Threshold": float("nan")},
            {"Threshold": float("inf")},
            {"DatapointsToAlarm": 2},
            {"TreatMissingData": "nonsense"},
            {"EvaluationPeriods": 1441},
            {"Metrics": [{"Id": "e", "Expression": "1"}]},
        ],
    )
    def test_what_makes_no_sense(self, alarm: Callable[..., Any], change: dict[str, Any]) -> None:
        with pytest.raises(ClientError) as caught:
            alarm(**change)
        assert code(caught) == "ValidationError"

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            # hashicorp/terraform-provider-aws#11105
            ({"MetricName": None}, "MetricName must not be null"),
            # hashicorp/terraform#24070
            ({"DatapointsToAlarm": 2}, "DatapointsToAlarm must be less than or equal to EvaluationPeriods"),
            # aws-cloudformation/cfn-lint#766
            ({"MetricName": None, "Namespace": None, "Period": None, "Metrics": [QUERY]}, SET_TOO),
            # hashicorp/terraform-provider-aws#19567
            ({**NO_METRIC, "Metrics": [QUERY | {"Id": "X"}]}, "Invalid metrics list"),
            # hashicorp/terraform-provider-aws#29894
            (
                {**NO_METRIC, "Metrics": [QUERY | {"ReturnData": False}]},
                "Exactly one element of the metrics list should return data.",
            ),
        ],
    )
    def test_in_the_words_of_aws(self, alarm: Callable[..., Any], change: dict[str, Any], words: str) -> None:
        with pytest.raises(ClientError) as caught:
            alarm(**change)
        error = caught.value.response["Error"]
        assert (error["Code"], error["Message"]) == ("ValidationError", words)


def test_history(cloudwatch: Any, alarm: Callable[..., Any], clock: FakeClock) -> None:
    alarm()
    clock.advance(10)
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="by hand")
    clock.advance(10)
    alarm(Threshold=50)
    items = cloudwatch.describe_alarm_history(AlarmName="a")["AlarmHistoryItems"]
    assert [(item["HistoryItemType"], item["HistorySummary"]) for item in items] == [
        ("ConfigurationUpdate", 'Alarm "a" updated'),
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
        ("ConfigurationUpdate", 'Alarm "a" created'),
    ]
    said = json.loads(items[1]["HistoryData"])
    assert said["oldState"]["stateValue"] == "INSUFFICIENT_DATA"
    assert said["newState"] == {"stateValue": "ALARM", "stateReason": "by hand"}
    pages = cloudwatch.get_paginator("describe_alarm_history").paginate(
        ScanBy="TimestampAscending", PaginationConfig={"PageSize": 2}
    )
    assert [len(page["AlarmHistoryItems"]) for page in pages] == [2, 1]
    [only] = cloudwatch.describe_alarm_history(HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert only["AlarmName"] == "a"
