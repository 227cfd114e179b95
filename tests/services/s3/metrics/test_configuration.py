"""Metrics configurations. Oracle: recorded answers of AWS (`TestS3MetricsConfiguration`); MetricsFilter and MetricsAndOperator (API
reference); aws/aws-sdk-go#1334: an empty filter is MalformedXML; awsdocs' amazon-s3-userguide, metrics-configurations.md: 1,000 at most."""

from __future__ import annotations

import pytest

TAGS = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
POINT = "arn:aws:s3:us-east-1:123456789012:accesspoint/point"


def configuration(id, **filter):
    return {"Id": id, "MetricsConfiguration": {"Id": id, **({"Filter": filter} if filter else {})}}


def test_life_of_a_configuration(s3, bucket, refused):
    for id in ("two", "one"):
        s3.put_bucket_metrics_configuration(Bucket=bucket, **configuration(id, Prefix="logs/prefix"))
    overwritten = s3.put_bucket_metrics_configuration(
        Bucket=bucket, **configuration("one", Prefix="logs/new-prefix")
    )
    assert overwritten["ResponseMetadata"]["HTTPStatusCode"] == 204
    shown = s3.get_bucket_metrics_configuration(Bucket=bucket, Id="one")["MetricsConfiguration"]
    assert shown == {"Id": "one", "Filter": {"Prefix": "logs/new-prefix"}}
    listed = s3.list_bucket_metrics_configurations(Bucket=bucket)
    assert [one["Id"] for one in listed["MetricsConfigurationList"]] == ["one", "two"]
    assert listed["IsTruncated"] is False
    gone = s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="one")
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    for call in (s3.delete_bucket_metrics_configuration, s3.get_bucket_metrics_configuration):
        with refused("NoSuchConfiguration", 404) as refusal:
            call(Bucket=bucket, Id="one")
        assert refusal.error["Message"] == "The specified configuration does not exist."
    with refused("NoSuchBucket", 404):
        s3.list_bucket_metrics_configurations(Bucket="nowhere")


@pytest.mark.parametrize(
    "filter",
    [
        {"Prefix": "a"},
        {"Tag": TAGS[0]},
        {"AccessPointArn": POINT},
        {"And": {"Prefix": "a", "Tags": TAGS}},
        {"And": {"Tags": TAGS}},
        {"And": {"Prefix": "a", "AccessPointArn": POINT}},
    ],
)
def test_filters_that_are_taken_are_shown(s3, bucket, filter):
    s3.put_bucket_metrics_configuration(Bucket=bucket, **configuration("one", **filter))
    shown = s3.get_bucket_metrics_configuration(Bucket=bucket, Id="one")["MetricsConfiguration"]
    assert shown["Filter"] == filter


@pytest.mark.parametrize(
    ("filter", "code"),
    [
        ({}, "MalformedXML"),
        ({"Prefix": "a", "Tag": TAGS[0]}, "MalformedXML"),
        ({"And": {"Prefix": "a"}}, "MalformedXML"),
        ({"And": {"Tags": TAGS[:1]}}, "MalformedXML"),
        ({"And": {"Tags": [TAGS[0], TAGS[0]]}}, "InvalidTag"),
        ({"AccessPointArn": "point"}, "InvalidArgument"),
    ],
)
def test_filters_that_are_refused(s3, bucket, refused, filter, code):
    with refused(code, 400):
        s3.put_bucket_metrics_configuration(
            Bucket=bucket, Id="one", MetricsConfiguration={"Id": "one", "Filter": filter}
        )
    assert "MetricsConfigurationList" not in s3.list_bucket_metrics_configurations(Bucket=bucket)


def test_ids(s3, bucket, refused):
    with refused("IdMismatch", 400):
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id="a", MetricsConfiguration={"Id": "b"})
    with refused("InvalidConfigurationId", 400):
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id="a b", MetricsConfiguration={"Id": "a b"})
