"""The controller of alarms: what it says when data come, stay away, and come late."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.server.loop import Controllers

RULE = {
    "AlarmName": "a",
    "MetricName": "m",
    "Namespace": "N",
    "Period": 60,
    "Statistic": "Sum",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 2,
    "Threshold": 10,
}


@pytest.fixture
def turn(cloudwatch: Any, clock: FakeClock, controllers: Controllers) -> Callable[..., dict[str, Any]]:
    """Let a minute pass (or so many seconds), and the controllers look; then what the alarm says."""

    def turn(seconds: float = 60) -> dict[str, Any]:
        clock.advance(seconds)
        controllers.once()
        [found] = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
        return found

    return turn


@pytest.fixture(autouse=True)
def _whole_minute(clock: FakeClock) -> None:
    """Twenty seconds into a minute."""
    clock.advance(60 - clock.now() % 60 + 20)


def test_into_alarm_and_out_again(
    cloudwatch: Any, put: Callable[..., None], turn: Callable[..., Any], clock: FakeClock
) -> None:
    cloudwatch.put_metric_alarm(**RULE)
    shown = turn(0)
    assert shown["StateValue"] == "INSUFFICIENT_DATA"
    assert (
        shown["StateReason"] == "Unchecked: Initial alarm creation"
    )  # recorded, wherever an alarm was just made
    assert "StateReasonData" not in shown
    shown = turn()
    assert shown["StateReason"] == "Insufficient Data: 2 datapoints were unknown."
    put(clock.now(), 5.0)
    shown = turn()
    assert shown["StateValue"] == "OK"
    assert shown["StateReason"].startswith("Threshold Crossed: 1 datapoint [5.0 (")
    assert shown["StateReason"].endswith(")] was not greater than the threshold (10.0).")
    put(clock.now(), 11.0)
    assert turn()["StateValue"] == "OK"
    put(clock.now(), 12.0)
    shown = turn()
    assert shown["StateValue"] == "ALARM"
    assert shown["StateReason"].startswith("Threshold Crossed: 2 out of the last 2 datapoints [12.0 (")
    assert shown["StateReason"].endswith(
        "were greater than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )
    said = json.loads(shown["StateReasonData"])
    assert said["recentDatapoints"] == [11.0, 12.0]
    assert (said["statistic"], said["period"], said["threshold"]) == ("Sum", 60, 10.0)
    put(clock.now(), 1.0)
    assert turn()["StateValue"] == "OK"
    kinds = [
        item["HistorySummary"]
        for item in cloudwatch.describe_alarm_history(HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    ]
    assert kinds == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
    ]


def test_the_minute_that_goes_on_does_not_count(
    cloudwatch: Any, put: Callable[..., None], turn: Callable[..., Any], clock: FakeClock
) -> None:
    put(clock.now(), 99.0)
    cloudwatch.put_metric_alarm(**RULE | {"EvaluationPeriods": 1})
    assert turn(0)["StateValue"] == "INSUFFICIENT_DATA"
    assert turn()["StateValue"] == "ALARM"


def test_missing_data_that_breach(cloudwatch: Any, turn: Callable[..., Any]) -> None:
    """Recorded: test_breaching_alarm_actions."""
    cloudwatch.put_metric_alarm(**RULE | {"TreatMissingData": "breaching", "Unit": "Seconds"})
    shown = turn()
    assert shown["StateValue"] == "ALARM"
    assert shown["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
        "[Breaching]."
    )
    said = json.loads(shown["StateReasonData"])
    assert (said["recentDatapoints"], said["unit"], said["version"]) == ([], "Seconds", "1.0")


def test_missing_data_that_are_ignored(cloudwatch: Any, turn: Callable[..., Any]) -> None:
    cloudwatch.put_metric_alarm(**RULE | {"TreatMissingData": "ignore"})
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="by hand")
    assert turn()["StateReason"] == "by hand"


def test_a_state_set_by_hand_lasts_until_the_next_look(
    cloudwatch: Any, put: Callable[..., None], turn: Callable[..., Any], clock: FakeClock
) -> None:
    put(clock.now() - 60, 1.0)
    cloudwatch.put_metric_alarm(**RULE)
    assert turn()["StateValue"] == "OK"
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="by hand")
    assert turn(1)["StateValue"] == "ALARM"
    assert turn()["StateValue"] == "OK"


def test_short_periods_are_looked_at_every_ten_seconds(
    cloudwatch: Any, put: Callable[..., None], turn: Callable[..., Any], clock: FakeClock
) -> None:
    cloudwatch.put_metric_alarm(**RULE | {"Period": 10, "EvaluationPeriods": 1})
    turn(0)
    put(clock.now(), 99.0)
    assert turn(12)["StateValue"] == "ALARM"


def test_an_alarm_on_an_expression(
    cloudwatch: Any, put: Callable[..., None], turn: Callable[..., Any], clock: FakeClock
) -> None:
    def metric(id: str, name: str) -> dict[str, Any]:
        stat = {"Metric": {"Namespace": "N", "MetricName": name}, "Period": 60, "Stat": "Sum"}
        return {"Id": id, "MetricStat": stat, "ReturnData": False}

    rate = {"Id": "rate", "Expression": "100 * errors / calls", "ReturnData": True}
    cloudwatch.put_metric_alarm(
        AlarmName="a",
        Metrics=[metric("errors", "e"), metric("calls", "c"), rate],
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        EvaluationPeriods=1,
        Threshold=50,
    )
    put(clock.now(), 1.0, name="e")
    put(clock.now(), 2.0, name="c")
    shown = turn()
    assert shown["StateValue"] == "ALARM"
    assert "MetricName" not in shown
    assert "was greater than or equal to the threshold (50.0)" in shown["StateReason"]
