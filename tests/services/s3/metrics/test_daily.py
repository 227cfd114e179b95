"""Metrics of storage. Oracle: "Amazon S3 daily storage metrics for buckets in CloudWatch" (S3 User Guide, metrics-dimensions):
"summing the size of all objects … (both current and noncurrent objects), including the size of all parts for all incomplete multipart
uploads"; AWS's names of StorageType."""

from __future__ import annotations

import pytest

from clary.kernel import BusinessTime
from clary.services.s3.metrics import daily
from tests.support.principals import ACCOUNT

DAY, LARGE = 86400, b"x" * (128 << 10)


@pytest.fixture
def work(controllers):
    """Let the controllers do what is due; return how many turns that took."""

    def go():
        turns = 0
        while controllers.once():
            turns += 1
            assert turns < 100
        return turns

    return go


@pytest.fixture
def sizes(shown):
    return lambda *types: [shown("BucketSizeBytes", "Average", StorageType=type) for type in types]


@pytest.fixture
def objects(shown):
    return lambda: shown("NumberOfObjects", "Average", StorageType="AllStorageTypes")


def test_all_versions_and_parts_count(s3, versioned, move, work, sizes, objects):
    s3.put_object(Bucket=versioned, Key="a", Body=b"12345")
    s3.put_object(Bucket=versioned, Key="a", Body=b"123")
    s3.put_object(Bucket=versioned, Key="b", Body=b"1")
    s3.delete_object(Bucket=versioned, Key="b")
    for name, storage in (("m", "STANDARD"), ("n", "GLACIER")):
        made = s3.create_multipart_upload(Bucket=versioned, Key=name, StorageClass=storage)
        s3.upload_part(Bucket=versioned, Key=name, UploadId=made["UploadId"], PartNumber=1, Body=b"x" * 100)
    work()
    assert objects() is None
    move(DAY)
    work()
    assert objects() == 6
    assert sizes("StandardStorage", "GlacierStorage", "GlacierStagingStorage") == [109, None, 100]


def test_types_of_storage(s3, bucket, move, work, sizes):
    classes = ["STANDARD_IA", "ONEZONE_IA", "REDUCED_REDUNDANCY", "GLACIER", "GLACIER_IR", "DEEP_ARCHIVE"]
    for size, storage in enumerate(classes, 1):
        s3.put_object(Bucket=bucket, Key=storage, Body=b"x" * size, StorageClass=storage)
    s3.put_object(Bucket=bucket, Key="small", Body=b"x" * 7, StorageClass="INTELLIGENT_TIERING")
    s3.put_object(Bucket=bucket, Key="large", Body=LARGE, StorageClass="INTELLIGENT_TIERING")
    move(31 * DAY)
    work()
    found = sizes(
        "StandardIAStorage",
        "OneZoneIAStorage",
        "ReducedRedundancyStorage",
        "GlacierStorage",
        "GlacierInstantRetrievalStorage",
        "DeepArchiveStorage",
        "IntelligentTieringFAStorage",
        "IntelligentTieringIAStorage",
    )
    assert found == [1, 2, 3, 4, 5, 6, 7, len(LARGE)]


def test_once_in_a_day_and_nothing_for_empty_buckets(client, s3, bucket, move, work, objects, shown):
    s3.create_bucket(Bucket="empty")
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    for day in (1, 2):
        move(DAY)
        work()
        assert shown("NumberOfObjects", "SampleCount", StorageType="AllStorageTypes") == day
    listed = client("cloudwatch").list_metrics(Namespace="AWS/S3")["Metrics"]
    assert {one["Dimensions"][0]["Value"] for one in listed} == {bucket}


def test_a_few_versions_at_a_time(s3, bucket, move, work, objects, sizes, monkeypatch):
    monkeypatch.setattr(daily, "_ROWS", 4)
    for bucket in ("bucket", "after-it", "before"):
        s3.create_bucket(Bucket=bucket)
        for number in range(10):
            s3.put_object(Bucket=bucket, Key=f"{number}", Body=b"x" * number)
    move(DAY)
    assert work() > 7
    assert (objects(), sizes("StandardStorage")) == (10, [45])


def test_a_bucket_that_is_deleted_meanwhile_is_left_out(
    client, s3, bucket, move, controllers, work, monkeypatch
):
    monkeypatch.setattr(daily, "_ROWS", 2)
    s3.create_bucket(Bucket="zzz")
    for name in (bucket, "zzz"):
        for number in range(3):
            s3.put_object(Bucket=name, Key=f"{number}", Body=b"x")
    move(DAY)
    controllers.once()
    for number in range(3):
        s3.delete_object(Bucket=bucket, Key=f"{number}")
    s3.delete_bucket(Bucket=bucket)
    work()
    listed = client("cloudwatch").list_metrics(Namespace="AWS/S3", MetricName="NumberOfObjects")["Metrics"]
    assert [one["Dimensions"][0]["Value"] for one in listed] == ["zzz"]


def test_buckets_of_earlier_versions_are_measured_too(s3, bucket, platform, loop, move, work, objects):
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    with platform.store.write() as tx:
        tx.delete(next(iter(tx.list(daily.MEASURE.kind, None))))
    loop.run(daily.begin_where_buckets_are(platform))
    move(DAY)
    work()
    assert objects() == 1


def test_each_account_sees_its_own(client, s3, stranger, bucket, platform, move, work):
    stranger.create_bucket(Bucket="theirs")
    stranger.put_object(Bucket="theirs", Key="a", Body=b"1")
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    move(DAY)
    work()
    others = client(
        "cloudwatch", key="AKIASTRANGERSTRANGER", secret="stranger-secret-stranger-secret-stranger"
    )
    for who, name in ((client("cloudwatch"), bucket), (others, "theirs")):
        listed = who.list_metrics(Namespace="AWS/S3")["Metrics"]
        assert {one["Dimensions"][0]["Value"] for one in listed} == {name}


def test_the_next_turn_is_after_midnight(platform, s3, bucket, work):
    work()
    with platform.store.read() as tx:
        (record,) = tx.list(daily.MEASURE.kind, None)
    business = BusinessTime(platform.clock.now(), platform.clock.timeline)
    assert record.scope.startswith(ACCOUNT)
    assert record.until is not None
    assert record.until % DAY == 0
    assert 0 < record.until - business.now <= DAY
