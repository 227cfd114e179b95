"""The controller of alarms: what it says when data come, stay away, and come late."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
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


class TestBusinessTime:
    """A move of business time is time in which no data came. Data are dated by the machine's clock all the same."""

    def test_an_hour_without_data(
        self,
        cloudwatch: Any,
        put: Callable[..., None],
        turn: Callable[..., Any],
        clock: FakeClock,
        move: Callable[[float], None],
    ) -> None:
        rule = RULE | {"Period": 300, "EvaluationPeriods": 3, "TreatMissingData": "breaching"}
        cloudwatch.put_metric_alarm(**rule)
        for age in range(0, 900, 60):
            put(clock.now() - age, 1.0)
        assert turn()["StateValue"] == "OK"
        assert turn(0)["StateValue"] == "OK", "nothing is due twice"
        move(3600)
        shown = turn(0)
        assert shown["StateValue"] == "ALARM"
        assert "no datapoints were received for 3 periods" in shown["StateReason"]
        put(clock.now(), 2.0)
        shown = turn()
        assert (shown["StateValue"], json.loads(shown["StateReasonData"])["recentDatapoints"]) == (
            "OK",
            [2.0],
        )

    def test_data_of_after_it_count_at_once(
        self,
        cloudwatch: Any,
        put: Callable[..., None],
        turn: Callable[..., Any],
        clock: FakeClock,
        move: Callable[[float], None],
    ) -> None:
        """In the very minute in which it was moved: what came before is old, what came after is not."""
        cloudwatch.put_metric_alarm(**RULE | {"EvaluationPeriods": 1})
        put(clock.now(), 99.0)
        clock.advance(1)
        move(86_400 + 17)
        clock.advance(1)
        put(clock.now(), 5.0)
        shown = turn()
        assert shown["StateValue"] == "OK"
        said = json.loads(shown["StateReasonData"])
        assert said["recentDatapoints"] == [5.0]
        begin = (clock.now() - 60) // 60 * 60
        assert said["evaluatedDatapoints"][0]["timestamp"].startswith(
            datetime.fromtimestamp(begin, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        )

    def test_a_move_shorter_than_what_is_looked_at(
        self,
        cloudwatch: Any,
        put: Callable[..., None],
        turn: Callable[..., Any],
        clock: FakeClock,
        move: Callable[[float], None],
    ) -> None:
        """Two minutes of data, two without, one with: two of three periods have none."""
        cloudwatch.put_metric_alarm(**RULE | {"EvaluationPeriods": 5, "DatapointsToAlarm": 3})
        for value in (11.0, 12.0):
            put(clock.now(), value)
            turn()
        move(120)
        put(clock.now(), 13.0)
        shown = turn()
        assert shown["StateValue"] == "ALARM"
        assert json.loads(shown["StateReasonData"])["recentDatapoints"] == [11.0, 12.0, 13.0]
        for _ in range(3):
            shown = turn()
        assert json.loads(shown["StateReasonData"])["recentDatapoints"][-1] == 13.0

    @pytest.mark.parametrize("statistic", [{"Statistic": "Sum"}, {"ExtendedStatistic": "p100"}], ids=str)
    def test_a_period_that_it_ran_through_has_the_data_of_both_sides(
        self,
        cloudwatch: Any,
        put: Callable[..., None],
        clock: FakeClock,
        turn: Callable[..., Any],
        move: Callable[[float], None],
        statistic: dict[str, str],
    ) -> None:
        rule = {member: value for member, value in RULE.items() if member != "Statistic"}
        cloudwatch.put_metric_alarm(**rule | statistic | {"Period": 3600, "EvaluationPeriods": 1})
        put(clock.now() - 600, 7.0)
        move(1200)
        put(clock.now(), 7.0)
        shown = turn()
        assert json.loads(shown["StateReasonData"])["recentDatapoints"] == [
            14.0 if "Statistic" in statistic else 7.0
        ]

    def test_twenty_thousand_seconds_later_nothing_but_alarms_is_busy(
        self, cloudwatch: Any, clock: FakeClock, controllers: Controllers, move: Callable[[float], None]
    ) -> None:
        cloudwatch.put_metric_alarm(**RULE)
        move(20_000)
        assert controllers.once() == 1
        assert controllers.once() == 0
