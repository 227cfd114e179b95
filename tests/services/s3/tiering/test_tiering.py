"""Intelligent-Tiering. Oracle: recorded answers of AWS (`test_s3_intelligent_tier_config`) and "How S3 Intelligent-Tiering works"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-overview.html)."""

from __future__ import annotations

import pytest

from clary.kernel import BusinessTime
from clary.services.s3 import object_rows
from clary.services.s3.bucket_rows import find_bucket
from clary.services.s3.tiering import tiers

DAY, HOUR = 86400, 3600
LARGE = b"x" * (128 << 10)


def configuration(id="one", archive=None, deep=None, **more):
    days = {"ARCHIVE_ACCESS": archive, "DEEP_ARCHIVE_ACCESS": deep}
    tierings = [{"AccessTier": tier, "Days": count} for tier, count in days.items() if count]
    return {"Id": id, "Status": "Enabled", "Tierings": tierings, **more}


@pytest.fixture
def configure(s3, bucket):
    def put(**wanted):
        one = configuration(**wanted)
        return s3.put_bucket_intelligent_tiering_configuration(
            Bucket=bucket, Id=one["Id"], IntelligentTieringConfiguration=one
        )

    return put


@pytest.fixture
def tiered(s3, bucket):
    """An object of the class, large enough to be monitored."""
    s3.put_object(Bucket=bucket, Key="k", Body=LARGE, StorageClass="INTELLIGENT_TIERING")
    return {"Bucket": bucket, "Key": "k"}


@pytest.fixture
def tier(platform, clock):
    def look(named):
        with platform.store.read() as tx:
            bucket, row = (
                find_bucket(tx, named["Bucket"]),
                object_rows.current(tx, named["Bucket"], named["Key"]),
            )
            return tiers.tier_of(row, tiers.in_force(tx, bucket), BusinessTime(clock.now(), clock.timeline))

    return look


def test_configurations_are_kept(s3, bucket, configure, refused):
    """`test_s3_intelligent_tier_config`"""
    put = configure(id="test1", archive=90, Filter={"Prefix": "test1"})
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204
    configure(id="test2", archive=90, Filter={"Prefix": "test2"})
    named = {"Bucket": bucket, "Id": "test1"}
    shown = s3.get_bucket_intelligent_tiering_configuration(**named)["IntelligentTieringConfiguration"]
    assert shown == configuration(id="test1", archive=90, Filter={"Prefix": "test1"})
    listed = s3.list_bucket_intelligent_tiering_configurations(Bucket=bucket)
    assert [one["Id"] for one in listed["IntelligentTieringConfigurationList"]] == ["test1", "test2"]
    assert listed["IsTruncated"] is False
    s3.delete_bucket_intelligent_tiering_configuration(**named)
    with refused("NoSuchConfiguration", 404) as refusal:
        s3.delete_bucket_intelligent_tiering_configuration(**named)
    assert refusal.error["Message"] == "The specified configuration does not exist."
    with refused("NoSuchBucket", 404):
        s3.delete_bucket_intelligent_tiering_configuration(Bucket="nowhere", Id="test1")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"archive": 89}, "InvalidArgument"),
        ({"deep": 179}, "InvalidArgument"),
        ({"archive": 731}, "InvalidArgument"),
        ({}, "MalformedXML"),
        ({"archive": 90, "Status": "Perhaps"}, "MalformedXML"),
        ({"archive": 90, "Filter": {"Prefix": "a", "Tag": {"Key": "a", "Value": "b"}}}, "MalformedXML"),
    ],
)
def test_what_is_refused(configure, refused, wanted, code):
    """90 and 180 days at least, 730 at most (Tiering, API reference)."""
    with refused(code, 400):
        configure(**wanted)


def test_tiers_by_days_without_access(s3, bucket, tiered, tier, move):
    assert tier(tiered) == "FREQUENT"
    move(29 * DAY)
    assert tier(tiered) == "FREQUENT"
    move(2 * DAY)
    assert tier(tiered) == "INFREQUENT"
    move(60 * DAY)
    assert tier(tiered) == "ARCHIVE_INSTANT_ACCESS"
    move(700 * DAY)
    assert tier(tiered) == "ARCHIVE_INSTANT_ACCESS", "no configuration lets it be archived"
    s3.head_object(**tiered)
    assert tier(tiered) == "ARCHIVE_INSTANT_ACCESS", "to look is no access"
    assert s3.get_object(**tiered)["Body"].read() == LARGE
    assert tier(tiered) == "FREQUENT"


def test_archive_tiers_refuse_reads_until_they_are_restored(
    s3, bucket, tiered, tier, configure, move, refused
):
    configure(archive=90, deep=180)
    move(91 * DAY)
    head = s3.head_object(**tiered)
    assert (head["ArchiveStatus"], head["StorageClass"]) == ("ARCHIVE_ACCESS", "INTELLIGENT_TIERING")
    with refused("InvalidObjectState", 403) as refusal:
        s3.get_object(**tiered)
    assert refusal.error["AccessTier"] == "ARCHIVE_ACCESS"
    with refused("InvalidObjectState", 403):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    with refused("InvalidArgument", 400):
        s3.restore_object(**tiered, RestoreRequest={"Days": 1})
    s3.restore_object(**tiered, RestoreRequest={"GlacierJobParameters": {"Tier": "Standard"}})
    assert s3.head_object(**tiered)["Restore"] == 'ongoing-request="true"'
    with refused("RestoreAlreadyInProgress", 409):
        s3.restore_object(**tiered, RestoreRequest={})
    move(5 * HOUR)
    assert "ArchiveStatus" not in s3.head_object(**tiered)
    assert s3.get_object(**tiered)["Body"].read() == LARGE
    move(181 * DAY)
    assert s3.head_object(**tiered)["ArchiveStatus"] == "DEEP_ARCHIVE_ACCESS"
    with refused("InvalidArgument", 400):
        s3.restore_object(**tiered, RestoreRequest={"GlacierJobParameters": {"Tier": "Expedited"}})


def test_filters_and_small_objects(s3, bucket, tiered, tier, configure, move, refused):
    configure(archive=90, Filter={"And": {"Prefix": "k", "Tags": [{"Key": "cold", "Value": "yes"}]}})
    s3.put_object(Bucket=bucket, Key="k2", Body=LARGE, StorageClass="INTELLIGENT_TIERING", Tagging="cold=yes")
    s3.put_object(Bucket=bucket, Key="k3", Body=b"1", StorageClass="INTELLIGENT_TIERING", Tagging="cold=yes")
    move(100 * DAY)
    found = [tier({"Bucket": bucket, "Key": key}) for key in ("k", "k2", "k3")]
    assert found == ["ARCHIVE_INSTANT_ACCESS", "ARCHIVE_ACCESS", "FREQUENT"]
    with refused("InvalidObjectState", 403):
        s3.restore_object(**tiered, RestoreRequest={})
    s3.delete_bucket_intelligent_tiering_configuration(Bucket=bucket, Id="one")
    assert s3.get_object(Bucket=bucket, Key="k2")["Body"].read() == LARGE
