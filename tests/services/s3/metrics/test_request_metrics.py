"""Metrics of requests. Oracle: "Amazon S3 request metrics in CloudWatch" and "CloudWatch metrics configurations" (S3 User Guide,
metrics-dimensions, metrics-configurations, metrics-configurations-filter)."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from clary.services.s3.metrics import meter as meters
from clary.services.s3.metrics.meter import meter
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.support.clients import boto3_client
from tests.support.principals import ACCOUNT, OTHER


def test_each_type_of_request(s3, bucket, metered, stored, shown, refused):
    metered()
    s3.put_object(Bucket=bucket, Key="a/1", Body=b"x" * 1000)
    s3.put_object(Bucket=bucket, Key="b/1", Body=b"x" * 3000)
    s3.get_object(Bucket=bucket, Key="a/1")["Body"].read()
    s3.get_object(Bucket=bucket, Key="b/1", Range="bytes=0-99")["Body"].read()
    s3.head_object(Bucket=bucket, Key="a/1")
    s3.list_objects_v2(Bucket=bucket)
    s3.list_multipart_uploads(Bucket=bucket)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    s3.abort_multipart_upload(Bucket=bucket, Key="m", UploadId=upload)
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b/1"}, {"Key": "c"}]})
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="none")
    stored()
    counted = {
        "AllRequests": 11,
        "GetRequests": 3,
        "PutRequests": 2,
        "HeadRequests": 1,
        "ListRequests": 2,
        "PostRequests": 1,
        "DeleteRequests": 2,
        "4xxErrors": 1,
        "5xxErrors": 0,
    }
    assert {metric: shown(metric) for metric in counted} == counted
    assert shown("4xxErrors", "Average") == pytest.approx(1 / 11)
    assert shown("SelectRequests") is None, "types of requests that did not come have no data"
    uploads = [shown("BytesUploaded", name) for name in ("Maximum", "Minimum")]
    assert uploads[0] == 3000
    assert shown("BytesDownloaded", "Minimum") == 100
    assert shown("FirstByteLatency", "SampleCount") == shown("TotalRequestLatency", "SampleCount") == 11
    assert shown("FirstByteLatency", "p50") >= 1


def test_other_operations_on_buckets_are_not_counted(s3, bucket, metered, stored, shown):
    """ "They are not reported for other operations on buckets"."""
    metered()
    s3.get_bucket_versioning(Bucket=bucket)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": []})
    stored()
    assert shown("AllRequests") is None


def test_a_prefix_counts_requests_on_single_objects_alone(s3, bucket, metered, stored, shown):
    """ "Requests like Delete Multiple Objects and List requests don't return any metrics for configurations with filters"."""
    metered()
    metered("a", Prefix="a/")
    s3.put_object(Bucket=bucket, Key="a/1", Body=b"1")
    s3.put_object(Bucket=bucket, Key="b/1", Body=b"1")
    s3.list_objects_v2(Bucket=bucket, Prefix="a/")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a/1"}]})
    stored()
    assert shown("AllRequests") == 4
    assert shown("AllRequests", FilterId="a") == shown("PutRequests", FilterId="a") == 1
    assert shown("ListRequests", FilterId="a") is None


def test_tags_of_objects_and_of_uploads(s3, bucket, metered, stored, shown):
    tags = [{"Key": "team", "Value": "red"}, {"Key": "kind", "Value": "a b"}]
    metered("team", Tag=tags[0])
    metered("both", And={"Prefix": "k", "Tags": tags})
    s3.put_object(Bucket=bucket, Key="k", Tagging="team=red&kind=a+b")
    s3.put_object(Bucket=bucket, Key="other", Tagging="team=red")
    s3.put_object(Bucket=bucket, Key="plain")
    for key in ("k", "other", "plain"):
        s3.get_object(Bucket=bucket, Key=key)
    s3.list_objects_v2(Bucket=bucket)
    made = s3.create_multipart_upload(Bucket=bucket, Key="m", Tagging="team=red")
    s3.upload_part(Bucket=bucket, Key="m", UploadId=made["UploadId"], PartNumber=1, Body=b"12345")
    stored()
    counts = [shown(name, FilterId="team") for name in ("GetRequests", "PutRequests", "PostRequests")]
    assert counts == [2, 3, 1]
    assert [shown(name, FilterId="both") for name in ("GetRequests", "PutRequests")] == [1, 1]
    assert shown("BytesUploaded", "Maximum", FilterId="team") == 5


def test_tags_of_a_version(s3, versioned, metered, stored, shown):
    old = s3.put_object(Bucket=versioned, Key="k", Tagging="team=red")["VersionId"]
    s3.put_object(Bucket=versioned, Key="k")
    metered("team", Tag={"Key": "team", "Value": "red"})
    s3.get_object(Bucket=versioned, Key="k", VersionId=old)
    s3.get_object(Bucket=versioned, Key="k")
    stored()
    assert shown("GetRequests", FilterId="team") == 1


def test_an_access_point_is_counted_by_its_own_filter_and_by_its_buckets(
    app, client, s3, bucket, metered, stored, shown
):
    """By the host that clients give its ARN at AWS's endpoint and at another one, and by its alias."""
    control = client("s3control")
    made = control.create_access_point(AccountId=ACCOUNT, Name="point", Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    metered()
    metered("point", AccessPointArn=made["AccessPointArn"])
    s3.get_object(Bucket=bucket, Key="k")
    for endpoint in (None, "http://localhost:4566"):
        there = app._bound(boto3_client("s3", endpoint, ROOT_KEY, ROOT_SECRET))
        there.get_object(Bucket=made["AccessPointArn"], Key="k")
    s3.get_object(Bucket=made["Alias"], Key="k")
    s3.list_objects_v2(Bucket=made["Alias"])
    stored()
    assert (shown("GetRequests"), shown("ListRequests")) == (4, 1)
    assert shown("GetRequests", FilterId="point") == shown("AllRequests", FilterId="point") == 3


def test_what_a_query_reads_and_returns(s3, bucket, metered, stored, shown):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1,a\n2,b\n3,c\n", Tagging="team=red")
    metered()
    metered("team", Tag={"Key": "team", "Value": "red"})
    events = s3.select_object_content(
        Bucket=bucket,
        Key="k",
        Expression="SELECT s._2 FROM s3object s WHERE s._1 = '2'",
        ExpressionType="SQL",
        InputSerialization={"CSV": {}},
        OutputSerialization={"CSV": {}},
    )["Payload"]
    assert b"".join(event["Records"]["Payload"] for event in events if "Records" in event) == b"b\n"
    stored()
    for id in ("all", "team"):
        found = [
            shown(name, FilterId=id)
            for name in ("SelectRequests", "SelectBytesScanned", "SelectBytesReturned")
        ]
        assert found == [1, 12, 2]
    assert shown("PostRequests") is None


def test_a_minute_is_stored_when_it_has_ended_and_once(s3, bucket, metered, shown, platform, loop, clock):
    clock.advance(60 - clock.now() % 60)
    metered()
    s3.get_bucket_location(Bucket=bucket)
    s3.list_objects_v2(Bucket=bucket)
    loop.run(meter(platform).store())
    assert shown("AllRequests") is None
    clock.advance(60)
    for _ in range(2):
        loop.run(meter(platform).store())
    assert shown("AllRequests") == 1
    s3.list_objects_v2(Bucket=bucket)
    loop.run(meter(platform).store(ended=False))
    assert shown("AllRequests") == 2


def test_two_gateways_add_up(s3, bucket, metered, shown, platform, loop, clock):
    metered()
    other = meters.Meter(platform)
    loop.run(other.refresh())
    s3.list_objects_v2(Bucket=bucket)
    clock.advance(60)
    for one in (meter(platform), other):
        loop.run(one.store())
    platform.answered.remove(other.hear)
    assert (shown("AllRequests"), shown("AllRequests", "SampleCount")) == (2, 2)


def test_buckets_without_a_configuration_are_not_looked_at(s3, bucket, metered, platform, loop):
    assert platform.answered == []
    metered()
    assert platform.answered == [meter(platform).hear]
    s3.create_bucket(Bucket="plain")
    s3.list_objects_v2(Bucket="plain")
    assert not meter(platform).counts
    s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="all")
    loop.run(meter(platform).refresh())
    assert platform.answered == []


def test_counts_do_not_go_to_who_had_the_bucket_before(
    client, s3, stranger, bucket, metered, stored, shown, clock
):
    metered()
    s3.delete_bucket(Bucket=bucket)
    clock.advance(1)
    stranger.create_bucket(Bucket=bucket)
    stranger.list_objects_v2(Bucket=bucket)
    stored()
    assert shown("AllRequests") is None


def test_metrics_are_the_owners_whoever_asks(client, s3, stranger, bucket, metered, stored, shown):
    """The requests of another account are counted for the bucket's owner, and shown to nobody else."""
    metered()
    with pytest.raises(ClientError):
        stranger.get_object(Bucket=bucket, Key="secret")
    stored()
    assert (shown("AllRequests"), shown("4xxErrors")) == (1, 1)
    assert OTHER != ACCOUNT
    others = client(
        "cloudwatch", key="AKIASTRANGERSTRANGER", secret="stranger-secret-stranger-secret-stranger"
    )
    assert others.list_metrics(Namespace="AWS/S3")["Metrics"] == []


def test_what_waits_for_tags_is_bounded(s3, bucket, metered, stored, shown, monkeypatch):
    monkeypatch.setattr(meters, "_MOST", 3)
    s3.put_object(Bucket=bucket, Key="k", Tagging="team=red")
    metered("team", Tag={"Key": "team", "Value": "red"})
    for _ in range(5):
        s3.head_object(Bucket=bucket, Key="k")
    stored()
    assert shown("HeadRequests", FilterId="team") == 3


def test_what_could_not_be_stored_is_stored_the_next_time(
    s3, bucket, metered, stored, shown, platform, loop, monkeypatch
):
    metered()
    s3.list_objects_v2(Bucket=bucket)
    with monkeypatch.context() as patch:

        async def fails(*_):
            raise OSError("no store")

        patch.setattr(meters, "put", fails)
        with pytest.raises(OSError, match="no store"):
            stored()
    loop.run(meter(platform).store())
    assert shown("AllRequests") == 1
