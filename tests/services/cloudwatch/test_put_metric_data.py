"""PutMetricData: what is taken and what is refused (API reference)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import Caller, FakeClock
from clary.plane import Platform


def refusal(cloudwatch: Any, datum: dict[str, Any], namespace: str = "N") -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": "m", **datum}])
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def points(cloudwatch: Any, at: float, *statistics: str) -> list[dict[str, Any]]:
    return cloudwatch.get_metric_statistics(
        Namespace="N",
        MetricName="m",
        StartTime=at - 60,
        EndTime=at + 60,
        Period=60,
        Statistics=list(statistics),
    )["Datapoints"]


def test_values_and_counts(cloudwatch: Any, minute: int) -> None:
    """Recorded: test_put_metric_data_values_list: 1.0 once, 2.0 … summing to 42 over 6 samples."""
    datum = {"MetricName": "m", "Timestamp": minute, "Values": [1.0, 10.0], "Counts": [2, 4], "Unit": "Count"}
    cloudwatch.put_metric_data(Namespace="N", MetricData=[datum])
    [point] = points(cloudwatch, minute, "SampleCount", "Sum", "Maximum")
    assert (point["SampleCount"], point["Sum"], point["Maximum"]) == (6.0, 42.0, 10.0)
    assert point["Unit"] == "Count"


def test_a_statistic_set(cloudwatch: Any, minute: int) -> None:
    given = {"SampleCount": 4.0, "Sum": 10.0, "Minimum": 1.0, "Maximum": 4.0}
    cloudwatch.put_metric_data(
        Namespace="N", MetricData=[{"MetricName": "m", "Timestamp": minute, "StatisticValues": given}]
    )
    [point] = points(cloudwatch, minute, "SampleCount", "Sum", "Minimum", "Maximum", "Average")
    assert {name: point[name] for name in given} == given
    assert point["Average"] == 2.5


def test_now_unless_said_otherwise(cloudwatch: Any, clock: FakeClock) -> None:
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": 1.0}])
    assert len(points(cloudwatch, clock.now(), "Sum")) == 1


def test_many_data_travel_compressed(cloudwatch: Any, minute: int) -> None:
    """botocore gzips bodies above 10 KB."""
    data = [{"MetricName": "m", "Timestamp": minute, "Value": float(n)} for n in range(1000)]
    cloudwatch.put_metric_data(Namespace="N", MetricData=data)
    [point] = points(cloudwatch, minute, "SampleCount", "Sum")
    assert (point["SampleCount"], point["Sum"]) == (1000.0, 499500.0)


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({}, "MissingParameter"),
        ({"Value": 1.0, "Values": [1.0]}, "InvalidParameterCombination"),
        ({"Values": [1.0, 2.0], "Counts": [1.0]}, "InvalidParameterValue"),
        ({"Values": [1.0], "Counts": [0.0]}, "InvalidParameterValue"),
        ({"Values": [float(n) for n in range(151)]}, "InvalidParameterValue"),
        ({"Value": float("nan")}, "InvalidParameterValue"),
        ({"Value": float("inf")}, "InvalidParameterValue"),
        ({"Value": 1.0, "StorageResolution": 7}, "InvalidParameterValue"),
        (
            {"StatisticValues": {"SampleCount": 0.0, "Sum": 1.0, "Minimum": 1.0, "Maximum": 1.0}},
            "InvalidParameterValue",
        ),
    ],
)
def test_data_that_make_no_sense(cloudwatch: Any, datum: dict[str, Any], code: str) -> None:
    assert refusal(cloudwatch, datum)[0] == code
    assert cloudwatch.list_metrics()["Metrics"] == []


@pytest.mark.parametrize("seconds", [-15 * 86400, 3 * 3600])
def test_too_old_and_too_new(cloudwatch: Any, clock: FakeClock, seconds: int) -> None:
    code, message = refusal(cloudwatch, {"Value": 1.0, "Timestamp": clock.now() + seconds})
    assert code == "InvalidParameterValue"
    assert "MetricData.member.1.Timestamp" in message


def test_a_batch_is_stored_whole_or_not_at_all(cloudwatch: Any, minute: int) -> None:
    data = [{"MetricName": "m", "Timestamp": minute, "Value": 1.0}, {"MetricName": "m"}]
    with pytest.raises(ClientError):
        cloudwatch.put_metric_data(Namespace="N", MetricData=data)
    assert points(cloudwatch, minute, "Sum") == []


def test_the_namespaces_of_aws_are_for_its_services(cloudwatch: Any, platform: Platform) -> None:
    code, message = refusal(cloudwatch, {"Value": 1.0}, namespace="AWS/SageMaker")
    assert (code, message) == (
        "InvalidParameterValue",
        "The value AWS/ for parameter Namespace is invalid.",
    )
    endpoint = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/e"
    service = Caller.of_service("sagemaker.amazonaws.com", "111122223333", endpoint)
    params = {"Namespace": "AWS/SageMaker", "MetricData": [{"MetricName": "Invocations", "Value": 1.0}]}
    platform.perform("cloudwatch", "PutMetricData", params, service, "us-east-1")
    [metric] = cloudwatch.list_metrics(Namespace="AWS/SageMaker")["Metrics"]
    assert metric["MetricName"] == "Invocations"


def test_points_of_fifteen_months_are_forgotten(
    cloudwatch: Any, platform: Platform, put: Callable[..., None], clock: FakeClock
) -> None:
    put(clock.now(), 1.0)
    with platform.store.write() as tx:
        tx.sql("update cloudwatch_point set at = at - ?", 456 * 86400)
    put(clock.now(), 2.0)
    with platform.store.read() as tx:
        assert tx.sql("select total from cloudwatch_point") == [(2.0,)]


def test_regular_resolution_is_a_minute_and_high_resolution_a_second(cloudwatch: Any, minute: int) -> None:
    """API reference of StorageResolution: stored at 1-minute resolution unless it is 1."""
    data = [
        {"MetricName": name, "Timestamp": minute + 37, "Value": 1.0, **more}
        for name, more in (("m", {}), ("fast", {"StorageResolution": 1}))
    ]
    cloudwatch.put_metric_data(Namespace="N", MetricData=data)
    found = [
        cloudwatch.get_metric_statistics(
            Namespace="N",
            MetricName=name,
            StartTime=minute,
            EndTime=minute + 60,
            Period=1,
            Statistics=["Sum"],
        )["Datapoints"][0]["Timestamp"].timestamp()
        for name in ("m", "fast")
    ]
    assert found == [minute, minute + 37]


@pytest.mark.parametrize(
    ("number", "shown"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")]
)
def test_special_values_are_not_supported(cloudwatch: Any, number: float, shown: str) -> None:
    """API reference of MetricDatum: NaN, +Infinity and -Infinity are refused, wherever they stand."""
    code = "InvalidParameterValue"
    assert refusal(cloudwatch, {"Value": number}) == (
        code,
        f"The value {shown} for parameter MetricData.member.1.Value is invalid.",
    )
    assert refusal(cloudwatch, {"Values": [1.0], "Counts": [number]})[0] == code
    good = {"SampleCount": 1.0, "Sum": 1.0, "Minimum": 1.0, "Maximum": 1.0}
    for member in good:
        assert refusal(cloudwatch, {"StatisticValues": good | {member: number}})[0] == code


@pytest.mark.parametrize(("text", "kind"), [("é", "non-ASCII"), ("a\x01", "ASCII control")])
def test_dimensions_are_of_printable_ascii(cloudwatch: Any, text: str, kind: str) -> None:
    """API reference of Dimension; the sentence: buildkite/buildkite-agent-metrics#32."""
    for member in ("Name", "Value"):
        dimensions = [{"Name": "a", "Value": "b"}, {"Name": "c", "Value": "d", member: text}]
        assert refusal(cloudwatch, {"Value": 1.0, "Dimensions": dimensions}) == (
            "InvalidParameterValue",
            f"The value for parameter MetricData.member.1.Dimensions.member.2.{member} contains {kind} characters.",
        )
