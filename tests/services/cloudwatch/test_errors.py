"""What CloudWatch itself refuses, in its own words: reported by users from AWS, each source beside its sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

SETS = {
    "Unit": "[ Seconds, Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes, Gigabytes, Terabytes, Bits, Kilobits, "
    "Megabits, Gigabits, Terabits, Percent, Count, Bytes/Second, Kilobytes/Second, Megabytes/Second, "
    "Gigabytes/Second, Terabytes/Second, Bits/Second, Kilobits/Second, Megabits/Second, Gigabits/Second, "
    "Terabits/Second, Count/Second, None ]",
    "Statistics": "[ SampleCount, Average, Sum, Minimum, Maximum ]",
}


@pytest.fixture
def cloudwatch(client: Callable[..., Any]) -> Any:
    """A client that checks nothing itself."""
    return client("cloudwatch", config=Config(parameter_validation=False))


def refused(cloudwatch: Any, *data: dict[str, Any], **more: Any) -> tuple[str, str]:
    given = {"Namespace": "N", "MetricData": [{"MetricName": "m", **datum} for datum in data]} | more
    with pytest.raises(ClientError) as caught:
        cloudwatch.put_metric_data(**given)
    error = caught.value.response["Error"]
    assert cloudwatch.list_metrics()["Metrics"] == []
    return error["Code"], error["Message"]


def invalid(words: str) -> tuple[str, str]:
    return "InvalidParameterValue", words


def missing(parameter: str) -> tuple[str, str]:
    return "MissingParameter", f"The parameter {parameter} is required."


def named(name: str, value: str) -> dict[str, Any]:
    return {"Value": 1.0, "Dimensions": [{"Name": name, "Value": value}]}


WHERE = "MetricData.member.1"


@pytest.mark.parametrize(
    ("datum", "answer"),
    [
        # awslabs/collectd-cloudwatch#46
        (
            {"Value": 1, "Unit": "active"},
            invalid(f"The parameter {WHERE}.Unit must be a value in the set {SETS['Unit']}."),
        ),
        # boto/botocore#1671
        (
            {"Value": 145, "StorageResolution": 300},
            invalid(f"The parameter {WHERE}.StorageResolution must be a value in the set [ 1, 60 ]."),
        ),
        # aws/aws-sdk-java-v2#3080
        (
            {"Values": [1.0] * 151},
            invalid(f"The collection {WHERE}.Values must not have a size greater than 150."),
        ),
        (
            {"Values": [1.0], "Counts": [1.0] * 151},
            invalid(f"The collection {WHERE}.Counts must not have a size greater than 150."),
        ),
        # getmoto/moto's tests, verified against AWS
        (
            {"Values": [1.0, 2.0], "Counts": [1.0]},
            invalid(f"The parameters {WHERE}.Values and {WHERE}.Counts must be of the same size."),
        ),
        # sj26/sidekiq-cloudwatchmetrics#43, awslabs/amazon-kinesis-producer#594
        ({"Value": 1, "Dimensions": [{"Name": "a"}]}, missing(f"{WHERE}.Dimensions.member.1.Value")),
        (named("a", ""), missing(f"{WHERE}.Dimensions.member.1.Value")),
        (named("a", "  "), missing(f"{WHERE}.Dimensions.member.1.Value")),
        # aws/amazon-cloudwatch-agent#240; the limits of today: API reference of Dimension
        (
            named("a", "x" * 1025),
            invalid(f"The parameter {WHERE}.Dimensions.member.1.Value must be shorter than 1025 characters."),
        ),
        (
            named("x" * 256, "a"),
            invalid(f"The parameter {WHERE}.Dimensions.member.1.Name must be shorter than 256 characters."),
        ),
        (
            named(":a", "b"),
            invalid(f"The value :a for parameter {WHERE}.Dimensions.member.1.Name is invalid."),
        ),
        # API reference of MetricDatum: at most 30 dimensions
        (
            {"Value": 1, "Dimensions": [{"Name": f"d{n}", "Value": "v"} for n in range(31)]},
            invalid(f"The collection {WHERE}.Dimensions must not have a size greater than 30."),
        ),
        # jdamick/dropwizard-metrics-cloudwatch#3
        (
            {"Value": 1, "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]},
            invalid("No metric may specify the same dimension name twice."),
        ),
        # AdRoll/goamz#355
        (
            {"Value": 1, "StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1}},
            (
                "InvalidParameterCombination",
                f"The parameters {WHERE}.Value and {WHERE}.StatisticValues are mutually exclusive and you have specified "
                "both.",
            ),
        ),
        # blacklocus/metrics-cloudwatch#4
        (
            {"StatisticValues": {"SampleCount": 0, "Sum": 0, "Minimum": 0, "Maximum": 0}},
            invalid(f"The parameter {WHERE}.StatisticValues.SampleCount must not equal 0."),
        ),
        (
            {"StatisticValues": {"SampleCount": 1, "Sum": 0, "Minimum": 2, "Maximum": 1}},
            invalid(
                f"The parameter {WHERE}.StatisticValues.Maximum must be greater than {WHERE}.StatisticValues.Minimum."
            ),
        ),
        (
            {"StatisticValues": {"SampleCount": 1, "Sum": 0, "Minimum": 2}},
            missing(f"{WHERE}.StatisticValues.Maximum"),
        ),
    ],
)
def test_a_datum(cloudwatch: Any, datum: dict[str, Any], answer: tuple[str, str]) -> None:
    assert refused(cloudwatch, datum) == answer


@pytest.mark.parametrize("value", [2.0**361, -(2.0**361), 2.0**-361, 5e-324])
def test_a_value_beyond_the_range(cloudwatch: Any, value: float) -> None:
    """API reference of MetricDatum, "either too small or too large"; the bounds: Netflix/servo, CloudWatchValueTest."""
    code, message = refused(cloudwatch, {"Value": value})
    assert code == "InvalidParameterValue"
    assert message.startswith("The value ")
    assert message.endswith(f"E{int(repr(value).partition('e')[2])} for parameter {WHERE}.Value is invalid.")


@pytest.mark.parametrize("value", [2.0**360, -(2.0**360), 2.0**-360, 0.0, -0.0])
def test_a_value_at_the_end_of_the_range(cloudwatch: Any, value: float) -> None:
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": value}])


def test_every_wrong_datum_has_a_line(cloudwatch: Any) -> None:
    """awslabs/collectd-cloudwatch#46."""
    code, message = refused(cloudwatch, {"Value": 1, "Unit": "a"}, {"Value": 1}, {"Value": 1, "Unit": "b"})
    assert code == "InvalidParameterValue"
    assert [line.split(" must ")[0] for line in message.split("\n")] == [
        "The parameter MetricData.member.1.Unit",
        "The parameter MetricData.member.3.Unit",
    ]


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({"Namespace": ""}, missing("Namespace")),
        ({"MetricData": [{"Value": 1}]}, missing("MetricData.member.1.MetricName")),
        ({"MetricData": []}, missing("MetricData")),
        # papertrail/papertrail-services#66, of the limit of its day
        (
            {"MetricData": [{"MetricName": "m", "Value": 1}] * 1001},
            invalid("The collection MetricData must not have a size greater than 1000."),
        ),
    ],
)
def test_a_call(cloudwatch: Any, more: dict[str, Any], answer: tuple[str, str]) -> None:
    assert refused(cloudwatch, **more) == answer


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        # cloud-custodian/cloud-custodian#9137, Technofy/cloudwatch_exporter#13
        (
            {"Statistics": ["Sum", "p99"]},
            invalid(f"The parameter Statistics.member.2 must be a value in the set {SETS['Statistics']}."),
        ),
        ({"Unit": "Furlongs"}, invalid(f"The parameter Unit must be a value in the set {SETS['Unit']}.")),
        ({"Period": 0}, invalid("The parameter Period must be greater than or equal to 1.")),
        ({"Period": 61}, invalid("The parameter Period must be a multiple of 60.")),
        ({"MetricName": None}, missing("MetricName")),
    ],
)
def test_statistics(cloudwatch: Any, minute: int, more: dict[str, Any], answer: tuple[str, str]) -> None:
    given = {
        "Namespace": "N",
        "MetricName": "m",
        "StartTime": minute,
        "EndTime": minute + 600,
        "Period": 60,
        "Statistics": ["Sum"],
    } | more
    with pytest.raises(cloudwatch.exceptions.ClientError) as caught:
        cloudwatch.get_metric_statistics(
            **{name: value for name, value in given.items() if value is not None}
        )
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == answer


def test_the_exception_of_the_model_is_raised(cloudwatch: Any) -> None:
    """micrometer-metrics/micrometer#1645."""
    with pytest.raises(cloudwatch.exceptions.InvalidParameterValueException):
        cloudwatch.put_metric_data(
            Namespace="N", MetricData=[{"MetricName": "m", "Value": 1, "Unit": "Second"}]
        )


def test_listing(cloudwatch: Any) -> None:
    """API reference of ListMetrics: at most 10 dimensions."""
    with pytest.raises(cloudwatch.exceptions.InvalidParameterValueException) as caught:
        cloudwatch.list_metrics(Dimensions=[{"Name": f"d{n}"} for n in range(11)])
    words = "The collection Dimensions must not have a size greater than 10."
    assert caught.value.response["Error"]["Message"] == words
