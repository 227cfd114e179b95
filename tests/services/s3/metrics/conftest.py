"""A bucket that is metered, and what CloudWatch then shows."""

from __future__ import annotations

import pytest

from clary.services.s3.metrics.meter import meter


@pytest.fixture
def metered(s3, bucket, platform, loop):
    """`metered("all", Prefix="a/")`: count requests to the bucket by this filter from now on."""

    def put(id="all", **filter):
        wanted = {"Id": id, **({"Filter": filter} if filter else {})}
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id=id, MetricsConfiguration=wanted)
        loop.run(meter(platform).refresh())

    return put


@pytest.fixture
def stored(platform, loop, clock):
    """Let the minute end, and what was counted in it be stored."""

    def store():
        clock.advance(60)
        loop.run(meter(platform).settle())
        loop.run(meter(platform).store())

    return store


@pytest.fixture
def shown(client, clock):
    """`shown("AllRequests", "Sum", FilterId="all")`: a statistic of `bucket` in the last hour, None without data."""

    def show(metric, statistic="Sum", **dimensions):
        named = {"BucketName": "bucket", **(dimensions or {"FilterId": "all"})}
        plain = statistic in ("Sum", "Minimum", "Maximum", "Average", "SampleCount")
        found = client("cloudwatch").get_metric_statistics(
            Namespace="AWS/S3",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in named.items()],
            StartTime=clock.now() - 3600,
            EndTime=clock.now() + 60,
            Period=86400,
            **({"Statistics": [statistic]} if plain else {"ExtendedStatistics": [statistic]}),
        )["Datapoints"]
        if not found:
            return None
        (point,) = found
        return point[statistic] if plain else point["ExtendedStatistics"][statistic]

    return show
