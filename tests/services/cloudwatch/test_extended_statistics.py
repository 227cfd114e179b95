"""Statistics that need every value.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

TEN = [float(n) for n in range(1, 11)]
LATENCIES = [100.0, 150.0, 200.0, 1000.0, 2000.0, 3000.0]


def ask(cloudwatch: Any, minute: int, *names: str) -> dict[str, float]:
    [point] = cloudwatch.get_metric_statistics(
        Namespace="N",
        MetricName="m",
        StartTime=minute,
        EndTime=minute + 60,
        Period=60,
        ExtendedStatistics=list(names),
    )["Datapoints"]
    return point.get("ExtendedStatistics", {})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tm90", 5.0),  # without the 10% of highest values
        ("TM(10%:90%)", 5.5),
        ("TM(80%:)", 9.5),
        ("TM(:50%)", 3.0),
        ("tc90", 9.0),
        ("ts90", 45.0),
        ("TS(80%:)", 19.0),  # without the lowest 80%
        ("tc95", 9.5),  # "trimmed count can return decimals"
        ("IQM", 5.5),  # equal to TM(25%:75%)
        ("TM(25%:75%)", 5.5),
        ("wm90", (45 + 9.1) / 10),  # the highest tenth as if at the 90th percentile
        ("WM(10%:90%)", (1.9 + 44 + 9.1) / 10),
        ("p90", 9.1),
    ],
)
def test_by_percentage(
    cloudwatch: Any, put: Callable[..., None], minute: int, name: str, expected: float
) -> None:
    put(minute, *TEN)
    assert ask(cloudwatch, minute, name) == pytest.approx({name: expected})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TM(150:1000)", 600.0),  # without those lower than or equal to 150 or higher than 1000
        ("TC(150:1000)", 2.0),
        ("TS(150:1000)", 1200.0),
        ("PR(:200)", 50.0),  # the percentage of values that are 200 or less
        ("PR(100:2000)", 100 * 4 / 6),  # exclusive of the lower bound, inclusive of the upper
        ("PR(2000:)", 100 / 6),
        ("WM(150:2000)", (150 + 150 + 200 + 1000 + 2000 + 2000) / 6),
        ("TC(5000:)", 0.0),
    ],
)
def test_by_value(cloudwatch: Any, put: Callable[..., None], minute: int, name: str, expected: float) -> None:
    put(minute, *LATENCIES)
    assert ask(cloudwatch, minute, name) == pytest.approx({name: expected})


def test_a_single_value_is_its_own_mean(cloudwatch: Any, put: Callable[..., None], minute: int) -> None:
    put(minute, 7.0)
    assert ask(cloudwatch, minute, "tm90", "wm90", "IQM") == {"tm90": 7.0, "wm90": 7.0, "IQM": 7.0}


def test_no_value_within_the_bounds_has_no_mean(
    cloudwatch: Any, put: Callable[..., None], minute: int
) -> None:
    put(minute, 7.0)
    assert ask(cloudwatch, minute, "TM(10:20)") == {}


def test_negative_values_have_none(cloudwatch: Any, put: Callable[..., None], minute: int) -> None:
    """API reference of ExtendedStatistics: not available when any of the values are negative."""
    put(minute, -1.0, 5.0)
    assert ask(cloudwatch, minute, "p50", "tm90") == {}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"SampleCount": 1.0, "Sum": 4.0, "Minimum": 4.0, "Maximum": 4.0}, {"p50": 4.0}),
        ({"SampleCount": 3.0, "Sum": 12.0, "Minimum": 4.0, "Maximum": 4.0}, {"p50": 4.0}),
        ({"SampleCount": 3.0, "Sum": 13.0, "Minimum": 4.0, "Maximum": 4.0}, {}),
        ({"SampleCount": 2.0, "Sum": 9.0, "Minimum": 4.0, "Maximum": 5.0}, {}),
    ],
)
def test_of_statistic_sets(
    cloudwatch: Any, minute: int, given: dict[str, float], expected: dict[str, float]
) -> None:
    """API reference of PutMetricData: which sets tell their values."""
    datum = {"MetricName": "m", "Timestamp": minute, "StatisticValues": given}
    cloudwatch.put_metric_data(Namespace="N", MetricData=[datum])
    assert ask(cloudwatch, minute, "p50") == expected


@pytest.mark.parametrize(
    "name",
    [
        "p101",
        "tm101",
        "TM()",
        "TM(:)",
        "TM(10%:90)",
        "TM(90%:10%)",
        "TM(0%:101%)",
        "PR(10%:90%)",
        "pr90",
        "iq",
    ],
)
def test_what_is_no_statistic(cloudwatch: Any, put: Callable[..., None], minute: int, name: str) -> None:
    put(minute, 1.0)
    with pytest.raises(ClientError) as caught:
        ask(cloudwatch, minute, "p50", name)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidParameterValue"
    assert f"The value {name} for parameter ExtendedStatistics.member.2" in error["Message"]


def test_in_metric_data_and_alarms(cloudwatch: Any, put: Callable[..., None], minute: int) -> None:
    put(minute, *TEN)
    metric = {"Namespace": "N", "MetricName": "m"}
    query = {"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "TM(10%:90%)"}}
    [found] = cloudwatch.get_metric_data(MetricDataQueries=[query], StartTime=minute, EndTime=minute + 60)[
        "MetricDataResults"
    ]
    assert found["Values"] == pytest.approx([5.5])
    cloudwatch.put_metric_alarm(
        AlarmName="a",
        **metric,
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        ExtendedStatistic="tm90",
    )
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["ExtendedStatistic"] == "tm90"
