"""GetMetricStatistics: recorded answers (test_cloudwatch) and the API reference."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import BusinessTime, FakeClock, Timeline
from clary.services.cloudwatch.get_metric_statistics import rounded
from clary.services.cloudwatch.period_statistics import Window


def ask(cloudwatch: Any, start: float, end: float, period: int = 60, **more: Any) -> Any:
    query = {"Namespace": "N", "MetricName": "m", "Statistics": ["Sum"]} | more
    return cloudwatch.get_metric_statistics(StartTime=start, EndTime=end, Period=period, **query)


def test_by_period(cloudwatch: Any, put: Callable[..., None], minute: int) -> None:
    put(minute + 5, 1.0, 2.0)
    put(minute + 59, 3.0)
    put(minute + 60, 10.0)
    put(minute + 120, 99.0)
    answer = ask(
        cloudwatch, minute, minute + 120, Statistics=["Sum", "Average", "Minimum", "Maximum", "SampleCount"]
    )
    assert answer["Label"] == "m"
    assert answer["Datapoints"] == [
        {
            "Timestamp": datetime.fromtimestamp(minute, UTC),
            "Unit": "None",
            "Sum": 6.0,
            "Average": 2.0,
            "Minimum": 1.0,
            "Maximum": 3.0,
            "SampleCount": 3.0,
        },
        {
            "Timestamp": datetime.fromtimestamp(minute + 60, UTC),
            "Unit": "None",
            "Sum": 10.0,
            "Average": 10.0,
            "Minimum": 10.0,
            "Maximum": 10.0,
            "SampleCount": 1.0,
        },
    ]


def test_periods_begin_at_the_start(cloudwatch: Any, put: Callable[..., None], minute: int) -> None:
    """The user guide's example: from 23:18 by the hour, data points at 07:18 and 17:18."""
    put(minute + 200, 1.0)
    [point] = ask(cloudwatch, minute + 130, minute + 1000, period=3600)["Datapoints"]
    assert point["Timestamp"].timestamp() == minute + 120


@pytest.mark.parametrize(
    ("age", "period", "start"),
    [(100, 60, 960), (100, 10, 1010), (16 * 86400, 60, 900), (64 * 86400, 3600, 0)],
)
def test_how_a_start_is_rounded(age: int, period: int, start: int) -> None:
    assert rounded(1017.5, period, age) == start


def test_percentiles(cloudwatch: Any, put: Callable[..., None], minute: int) -> None:
    put(minute, *[float(n) for n in range(1, 101)])
    [point] = cloudwatch.get_metric_statistics(
        Namespace="N",
        MetricName="m",
        StartTime=minute,
        EndTime=minute + 60,
        Period=60,
        ExtendedStatistics=["p50", "p99.0", "p100"],
    )["Datapoints"]
    assert point["ExtendedStatistics"] == pytest.approx({"p50": 50.5, "p99.0": 99.01, "p100": 100.0})


def test_each_unit_by_itself(cloudwatch: Any, put: Callable[..., None], minute: int) -> None:
    put(minute, 1.0, unit="Seconds")
    put(minute, 1000.0, unit="Milliseconds")
    both = ask(cloudwatch, minute, minute + 60)["Datapoints"]
    assert [(point["Unit"], point["Sum"]) for point in both] == [("Milliseconds", 1000.0), ("Seconds", 1.0)]
    [one] = ask(cloudwatch, minute, minute + 60, Unit="Seconds")["Datapoints"]
    assert one["Sum"] == 1.0
    assert ask(cloudwatch, minute, minute + 60, Unit="Count")["Datapoints"] == []


def test_dimensions_in_whatever_order(cloudwatch: Any, put: Callable[..., None], minute: int) -> None:
    put(minute, 1.0, a="1", b="2")
    pairs = [{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}]
    assert len(ask(cloudwatch, minute, minute + 60, Dimensions=pairs)["Datapoints"]) == 1
    assert ask(cloudwatch, minute, minute + 60, Dimensions=pairs[:1])["Datapoints"] == []
    assert ask(cloudwatch, minute, minute + 60)["Datapoints"] == []


def test_too_many_data_points(cloudwatch: Any, minute: int) -> None:
    """Recorded: test_invalid_amount_of_datapoints."""
    with pytest.raises(ClientError) as caught:
        ask(cloudwatch, minute - 86400, minute, period=1)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidParameterCombination"
    assert error["Message"] == (
        "You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints "
        "requested by increasing Period, or decreasing the time range."
    )
    assert error["QueryErrorCode"] == "InvalidParameterCombinationException"


def test_the_end_before_the_start(cloudwatch: Any, minute: int) -> None:
    """Recorded: error-invalid-time-frame."""
    with pytest.raises(ClientError) as caught:
        ask(cloudwatch, minute, minute)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "InvalidParameterValue",
        "The parameter StartTime must be less than the parameter EndTime.",
    )


def test_a_period_that_there_is_not(cloudwatch: Any, minute: int) -> None:
    with pytest.raises(ClientError) as caught:
        ask(cloudwatch, minute, minute + 600, period=61)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_no_statistics_at_all(cloudwatch: Any, minute: int) -> None:
    with pytest.raises(ClientError) as caught:
        cloudwatch.get_metric_statistics(
            Namespace="N", MetricName="m", StartTime=minute, EndTime=minute + 60, Period=60
        )
    assert caught.value.response["Error"]["Code"] == "MissingParameter"


def test_either_kind_of_statistics_but_not_both(cloudwatch: Any, minute: int) -> None:
    """API reference of ExtendedStatistics."""
    with pytest.raises(ClientError) as caught:
        ask(cloudwatch, minute, minute + 60, ExtendedStatistics=["p50"])
    assert caught.value.response["Error"]["Code"] == "InvalidParameterCombination"


def test_short_periods_are_there_for_three_hours(cloudwatch: Any, minute: int) -> None:
    """API reference of GetMetricStatistics: "Data points with a period of less than 60 seconds are available for 3
    hours"; after that by the minute."""
    before = minute - 3 * 3600
    for at in (minute, before):
        datum = {"MetricName": "m", "Timestamp": at + 31, "Value": 1.0, "StorageResolution": 1}
        cloudwatch.put_metric_data(Namespace="N", MetricData=[datum])
    [point] = ask(cloudwatch, minute, minute + 60, period=10)["Datapoints"]
    assert point["Timestamp"].timestamp() == minute + 30
    assert ask(cloudwatch, before, before + 60, period=10)["Datapoints"] == []
    assert len(ask(cloudwatch, before, before + 60, period=60)["Datapoints"]) == 1


@pytest.mark.parametrize(
    ("period", "days", "start"), [(60, 15, 120), (300, 63, 300), (3600, 455, 3600), (1, 0.125, 61)]
)
def test_what_is_kept_of_each_period(period: int, days: float, start: int) -> None:
    """API reference of GetMetricStatistics: 3 hours, 15, 63 and 455 days."""
    window = Window(0, 10**6, period)
    assert window.within_retention(BusinessTime(days * 86400 + 61, Timeline())).start == start
    assert window.within_retention(BusinessTime(days * 86400, Timeline())) == window


def test_data_age_by_business_time(
    cloudwatch: Any, put: Callable[..., None], clock: FakeClock, move: Callable[[float], None]
) -> None:
    """By the minute for 15 days (API reference); dated by the machine's clock, before and after."""

    def points() -> list[float]:
        span = {"StartTime": clock.now() - 3600, "EndTime": clock.now() + 60}
        asked = {"Namespace": "N", "MetricName": "m", "Period": 60, "Statistics": ["Sum"]}
        found = cloudwatch.get_metric_statistics(**asked, **span)["Datapoints"]
        return [point["Sum"] for point in sorted(found, key=lambda point: point["Timestamp"])]

    put(clock.now() - 600, 1.0)
    move(14 * 86400)
    assert points() == [1.0]
    move(86400)
    assert points() == []
    put(clock.now(), 2.0)
    assert points() == [2.0]
