"""Rules as they are carried out. Oracle: "Lifecycle configuration elements"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html), "Conflicting or overlapping filters"
(.../lifecycle-conflicts.html) and "Transitioning objects" (.../lifecycle-transition-general-considerations.html)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from clary.services.s3.lifecycle import scan as scanning
from clary.services.s3.object_changes import OBJECT

DAY = 86400


def versions(s3, bucket):
    found = s3.list_object_versions(Bucket=bucket)
    return found.get("Versions", []), found.get("DeleteMarkers", [])


def test_objects_expire_at_the_midnight_after_their_days(s3, bucket, rule, after, keys, clock, move):
    move(int(DAY - clock.now() % DAY + 3600))  # an hour past midnight
    clock.advance(1)
    rule(Expiration={"Days": 2}, Filter={"Prefix": "logs/"})
    s3.put_object(Bucket=bucket, Key="logs/a", Body=b"1")
    s3.put_object(Bucket=bucket, Key="kept", Body=b"1")
    after(2)
    assert keys() == ["kept", "logs/a"], "two days old, and it is not midnight yet"
    after(0.98)
    assert keys() == ["kept"]


@pytest.mark.parametrize(
    ("given", "expired"),
    [
        ({"Tag": {"Key": "old", "Value": "yes"}}, ["tagged"]),
        ({"ObjectSizeGreaterThan": 1}, ["long"]),
        ({"ObjectSizeLessThan": 2}, ["plain", "tagged"]),
        ({"And": {"Prefix": "t", "Tags": [{"Key": "old", "Value": "yes"}]}}, ["tagged"]),
        ({"And": {"Prefix": "p", "Tags": [{"Key": "old", "Value": "yes"}]}}, []),
    ],
)
def test_filters(s3, bucket, rule, after, keys, given, expired):
    s3.put_object(Bucket=bucket, Key="plain", Body=b"1")
    s3.put_object(Bucket=bucket, Key="long", Body=b"12")
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"1", Tagging="old=yes")
    rule(Expiration={"Days": 1}, Filter=given)
    after(2)
    assert keys() == sorted({"plain", "long", "tagged"} - set(expired))


def test_a_date_and_a_disabled_rule(s3, bucket, rule, after, keys, clock):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    date = datetime.fromtimestamp(clock.now() // DAY * DAY, UTC) + timedelta(days=3)
    rule(Expiration={"Date": date}, Status="Disabled")
    after(5)
    assert keys() == ["k"]
    rule(Expiration={"Date": date + timedelta(days=9)})
    after(4)
    assert keys() == ["k"]
    after(4)
    assert keys() == []


def test_versions_expire_behind_a_marker_and_then_for_good(s3, versioned, rule, after):
    for body in (b"1", b"2", b"3"):
        s3.put_object(Bucket=versioned, Key="k", Body=body)
    rule(
        Expiration={"Days": 1},
        NoncurrentVersionExpiration={"NoncurrentDays": 2, "NewerNoncurrentVersions": 1},
    )
    after(2)
    kept, markers = versions(s3, versioned)
    assert (len(kept), len(markers)) == (3, 1), "those before the newest are noncurrent since today"
    after(4)
    kept, markers = versions(s3, versioned)
    assert (len(kept), len(markers)) == (1, 1), "the newest noncurrent version is kept"


def test_a_marker_without_versions_goes(s3, versioned, rule, after):
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    s3.put_object(Bucket=versioned, Key="other", Body=b"1")
    for key in ("k", "other", "alone"):
        s3.delete_object(Bucket=versioned, Key=key)
    rule(Expiration={"ExpiredObjectDeleteMarker": True})
    after(1)
    _, markers = versions(s3, versioned)
    assert [one["Key"] for one in markers] == ["k", "other"]


def test_uploads_are_aborted(s3, bucket, rule, after):
    s3.create_multipart_upload(Bucket=bucket, Key="tmp/a")
    s3.create_multipart_upload(Bucket=bucket, Key="kept")
    rule(Filter={"Prefix": "tmp/"}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 3})
    after(1)
    assert len(s3.list_multipart_uploads(Bucket=bucket)["Uploads"]) == 2
    after(4)
    assert [one["Key"] for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["kept"]


def test_objects_move_down_and_small_ones_stay(s3, bucket, rule, after):
    s3.put_object(Bucket=bucket, Key="large", Body=bytes(128 << 10))
    s3.put_object(Bucket=bucket, Key="small", Body=b"1")
    s3.put_object(Bucket=bucket, Key="cold", Body=bytes(128 << 10), StorageClass="DEEP_ARCHIVE")
    moves = [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 60, "StorageClass": "GLACIER"}]
    rule(Transitions=moves)

    def classes():
        return {one["Key"]: one["StorageClass"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]}

    after(32)
    assert classes() == {"large": "STANDARD_IA", "small": "STANDARD", "cold": "DEEP_ARCHIVE"}
    after(60)
    assert classes() == {"large": "GLACIER", "small": "STANDARD", "cold": "DEEP_ARCHIVE"}


def test_small_objects_move_to_archives_where_the_configuration_says_so(s3, bucket, after):
    s3.put_object(Bucket=bucket, Key="small", Body=b"1")
    one = {
        "ID": "a",
        "Status": "Enabled",
        "Filter": {},
        "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}],
    }
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={"Rules": [one]},
        TransitionDefaultMinimumObjectSize="varies_by_storage_class",
    )
    after(3)
    assert s3.head_object(Bucket=bucket, Key="small")["StorageClass"] == "GLACIER"


def test_a_locked_version_is_left_alone(s3, after, clock):
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="locked", Key="k", Body=b"1", ObjectLockLegalHoldStatus="ON")
    s3.put_object(Bucket="locked", Key="k", Body=b"2")
    one = {"Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="locked", LifecycleConfiguration={"Rules": [one]})
    after(5)
    assert len(versions(s3, "locked")[0]) == 2


def test_a_scan_goes_on_where_it_got_to(s3, versioned, rule, after, keys, monkeypatch):
    monkeypatch.setattr(scanning, "_BATCH", 3)
    for number in range(8):
        s3.put_object(Bucket=versioned, Key=f"k{number}", Body=b"1")
    for _ in range(5):
        s3.put_object(Bucket=versioned, Key="k4", Body=b"1")
    rule(
        NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 2},
        Expiration={"Days": 9},
    )
    after(2)
    assert len([one for one in versions(s3, versioned)[0] if one["Key"] == "k4"]) == 3
    after(10)
    assert keys() == []


def test_what_becomes_of_objects_is_told(s3, bucket, rule, after, platform):
    with platform.store.write() as tx:
        tx.want("test", OBJECT, "")
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    rule(Expiration={"Days": 1})
    after(2)
    with platform.store.read() as tx:
        assert [one.what for one in tx.changes(0, 100, [OBJECT])] == [
            "ObjectCreated:Put",
            "LifecycleExpiration:Delete",
        ]


def test_a_bucket_and_a_configuration_that_are_gone(s3, bucket, rule, after, keys, platform):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    rule(Expiration={"Days": 1})
    s3.delete_bucket_lifecycle(Bucket=bucket)
    after(5)
    assert keys() == ["k"]
    rule(Expiration={"Days": 1}, Filter={"Prefix": "nothing"})
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)
    after(1)
    with platform.store.read() as tx:
        assert tx.count("s3:LifecycleScan", None) == 0


def test_answers_say_when_an_object_expires(s3, bucket, rule):
    """`test_bucket_lifecycle_tag_rules`, `test_lifecycle_expired_object_delete_marker` of AWS's recorded answers."""
    rule(Expiration={"Days": 7}, Filter={"Prefix": "a"})
    wanted = re.compile(r'expiry-date="\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT", rule-id="one"')
    assert wanted.fullmatch(s3.put_object(Bucket=bucket, Key="a", Body=b"1")["Expiration"])
    assert "Expiration" not in s3.put_object(Bucket=bucket, Key="b", Body=b"1")
    assert wanted.fullmatch(s3.head_object(Bucket=bucket, Key="a")["Expiration"])
    assert wanted.fullmatch(s3.get_object(Bucket=bucket, Key="a")["Expiration"])
    rule(Expiration={"ExpiredObjectDeleteMarker": True})
    assert "Expiration" not in s3.head_object(Bucket=bucket, Key="a")
