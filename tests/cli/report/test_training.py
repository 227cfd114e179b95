"""The page about a training job. CloudWatch's periods and its 1,440 values in an answer:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clary.cli.report.training import rendered
from tests.cli.report.conftest import Platform, parsed, words

Write = Callable[[str], str]
BEGUN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ARN = "arn:aws:sagemaker:us-east-1:111122223333:training-job/train"


def job(**changes: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": "train",
        "TrainingJobArn": ARN,
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "CreationTime": BEGUN,
        "TrainingStartTime": BEGUN,
        "TrainingEndTime": BEGUN + timedelta(seconds=100),
        "HyperParameters": {"max_depth": "5"},
        "AlgorithmSpecification": {
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "x"}, {"Name": "never", "Regex": "y"}],
        },
        "FinalMetricDataList": [{"MetricName": "loss", "Value": 0.25, "Timestamp": BEGUN}],
        "InputDataConfig": [
            {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://b/train"}}}
        ],
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/model.tar.gz"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
        **changes,
    }


@pytest.fixture
def trained(platform: Platform) -> Platform:
    """A job whose values CloudWatch still has in periods of a minute."""

    def statistics(asked: dict[str, Any]) -> dict[str, Any]:
        if asked["MetricName"] != "loss" or asked["Period"] < 60:
            return {"Datapoints": []}
        times = [BEGUN + timedelta(seconds=60), BEGUN]
        points = [{"Timestamp": at, "Average": value} for at, value in zip(times, (0.25, 0.75), strict=True)]
        return {"Datapoints": points}

    platform.answers |= {"DescribeTrainingJob": job(), "GetMetricStatistics": statistics}
    return platform


def test_a_page_by_name_and_by_arn(trained: Platform, write: Write) -> None:
    for name in ("train", ARN):
        html = write(name)
        said = words(html)
        assert "loss 0.25 last value" in said
        assert "max_depth 5" in said
        assert "2 values from 0.25 to 0.75, at the end 0.25" in said
        assert "model.tar.gz" in said
        (line,) = parsed(html).iter("polyline")
        places = [float(point.split(",")[0]) for point in str(line.get("points")).split()]
        assert places == [66.0, 482.0]  # in the order of time, whatever the order of the answer


def test_no_question_is_too_large_for_cloudwatch(trained: Platform, write: Write) -> None:
    trained.answers["DescribeTrainingJob"] = job(TrainingEndTime=BEGUN + timedelta(days=2))
    write("train")
    asked = [about for name, about in trained.asked if name == "GetMetricStatistics"]
    spans = [(one["EndTime"] - one["StartTime"]).total_seconds() / one["Period"] for one in asked]
    assert spans
    assert all(span <= 1440 for span in spans)


def test_a_job_that_failed_before_it_began(trained: Platform, write: Write) -> None:
    about = job(TrainingJobStatus="Failed", SecondaryStatus="Failed", FailureReason="No such image.")
    for member in ("TrainingStartTime", "TrainingEndTime", "FinalMetricDataList", "ModelArtifacts"):
        del about[member]
    trained.answers["DescribeTrainingJob"] = about
    said = words(write("train"))
    assert "Failed: No such image." in said
    assert "Metrics" not in said


EVIL = "\"><script>alert('x')</script>&'"


def test_every_text_is_escaped() -> None:
    about = job(
        TrainingJobName=EVIL,
        HyperParameters={EVIL: EVIL},
        TrainingJobStatus="Failed",
        FailureReason=EVIL,
        FinalMetricDataList=[{"MetricName": EVIL, "Value": 1.0}],
    )
    html = rendered(about, {EVIL: [(0.0, 1.0), (1.0, 2.0)]})
    assert EVIL in words(html)  # and it parses
