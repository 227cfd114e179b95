"""Versions and their replicas. Oracle: "What does Amazon S3 replicate?"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html) and "Getting replication
status information" (.../replication-status.html)."""

from __future__ import annotations

import os

import pytest

from clary.services.s3 import errors
from clary.services.s3.object_changes import OBJECT
from clary.services.s3.replication import replicate as replicating
from clary.services.s3.replication.background import tell_overdue
from clary.services.s3.sweep import sweep
from tests.services.s3.replication.conftest import make, rule


@pytest.fixture
def going(configure, versioned, target):
    """A rule from `bucket` to `target`, in force."""
    configure(versioned, rule(target))
    return target


def versions(s3, bucket, key="k"):
    """(version id, is latest) of each version and marker of a key, as ListObjectVersions orders them."""
    found = s3.list_object_versions(Bucket=bucket, Prefix=key)
    every = found.get("Versions", []) + found.get("DeleteMarkers", [])
    return sorted((one["VersionId"], one["IsLatest"]) for one in every)


def test_a_version_and_its_replica(s3, going, replicate, status, clock):
    s3.put_object(
        Bucket="bucket",
        Key="k",
        Body=b"x" * 20_000,
        Metadata={"a": "b"},
        ContentType="text/plain",
        Tagging="t=1",
    )
    assert status("bucket", "k") == "PENDING"
    clock.advance(100)
    assert replicate() == 1
    here, there = (s3.get_object(Bucket=bucket, Key="k") for bucket in ("bucket", going))
    assert (here["ReplicationStatus"], there["ReplicationStatus"]) == ("COMPLETED", "REPLICA")
    assert there["Body"].read() == b"x" * 20_000
    for member in (
        "VersionId",
        "ETag",
        "LastModified",
        "Metadata",
        "ContentType",
        "TagCount",
        "ContentLength",
    ):
        assert there[member] == here[member], member
    assert s3.get_object_tagging(Bucket=going, Key="k")["TagSet"] == [{"Key": "t", "Value": "1"}]
    assert replicate() == 0


def test_what_was_there_before_the_rule_is_left_alone(s3, versioned, target, configure, replicate, status):
    s3.put_object(Bucket=versioned, Key="old", Body=b"1")
    configure(versioned, rule(target))
    assert replicate() == 0
    assert status(versioned, "old") is None


def test_multipart_uploads_and_copies(s3, going, replicate):
    parts = [b"a" * (5 << 20), b"b"]
    upload = s3.create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
    named = {"Bucket": "bucket", "Key": "k", "UploadId": upload}
    done = [
        {"PartNumber": n, "ETag": s3.upload_part(**named, PartNumber=n, Body=body)["ETag"]}
        for n, body in enumerate(parts, 1)
    ]
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": done})
    s3.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/k")
    assert replicate() == 2
    assert s3.head_object(Bucket=going, Key="k", PartNumber=2)["PartsCount"] == 2
    assert s3.head_object(Bucket=going, Key="k")["ETag"] == s3.head_object(Bucket="bucket", Key="k")["ETag"]
    for key in ("k", "copy"):
        assert s3.get_object(Bucket=going, Key=key)["Body"].read() == b"".join(parts)


def test_bytes_stay_as_long_as_a_replica_has_them(s3, going, replicate, platform, loop, clock):
    body = os.urandom(100_000)
    version = s3.put_object(Bucket="bucket", Key="k", Body=body)["VersionId"]
    replicate()
    s3.delete_object(Bucket="bucket", Key="k", VersionId=version)
    clock.advance(100)
    loop.run(sweep(platform))
    assert s3.get_object(Bucket=going, Key="k")["Body"].read() == body, (
        "a deletion by version id is not replicated"
    )


def test_delete_markers_where_the_rule_says_so(s3, versioned, target, configure, replicate):
    configure(versioned, rule(target))
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    s3.delete_object(Bucket=versioned, Key="k")
    replicate()
    assert s3.head_object(Bucket=target, Key="k")["ReplicationStatus"] == "REPLICA"
    configure(versioned, rule(target, DeleteMarkerReplication={"Status": "Enabled"}))
    s3.delete_object(Bucket=versioned, Key="k")
    replicate()
    latest = [one for one, is_latest in versions(s3, target) if is_latest]
    assert latest == [one for one, is_latest in versions(s3, versioned) if is_latest]
    assert "Contents" not in s3.list_objects_v2(Bucket=target)


def test_the_older_form_replicates_delete_markers(s3, versioned, target, configure, replicate):
    """ "In replication configuration V1, … delete markers that resulted from user actions" (replication-add-config,
    Backward compatibility)."""
    destination = {"Bucket": f"arn:aws:s3:::{target}"}
    configure(versioned, {"Status": "Enabled", "Prefix": "k", "Destination": destination})
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    s3.put_object(Bucket=versioned, Key="other", Body=b"1")
    s3.delete_object(Bucket=versioned, Key="k")
    assert replicate() == 2
    assert versions(s3, target) == versions(s3, versioned)
    assert versions(s3, target, "other") == []


@pytest.mark.parametrize(
    ("given", "replicated"),
    [
        ({"Prefix": "a"}, {"a1", "a2"}),
        ({"Tag": {"Key": "t", "Value": "1"}}, {"a1", "b1"}),
        ({"And": {"Prefix": "a", "Tags": [{"Key": "t", "Value": "1"}]}}, {"a1"}),
        ({"Not": {"Prefix": "a"}}, {"b1", "b2"}),
        ({"Not": {"Or": {"Prefixes": ["b2"], "Tags": [{"Key": "t", "Value": "1"}]}}}, {"a2"}),
        ({"And": {"Prefix": "a", "Not": {"Tag": {"Key": "t", "Value": "1"}}}}, {"a2"}),
    ],
)
def test_filters(s3, versioned, target, configure, replicate, given, replicated):
    configure(versioned, rule(target, Filter=given))
    for key in ("a1", "a2", "b1", "b2"):
        s3.put_object(Bucket=versioned, Key=key, Body=b"1", Tagging="t=1" if key.endswith("1") else "")
    replicate()
    assert {one["Key"] for one in s3.list_objects_v2(Bucket=target).get("Contents", [])} == replicated


def test_the_rule_of_the_highest_priority_and_several_destinations(
    s3, versioned, target, configure, replicate, status
):
    """ "objects will be replicated according to the rule with the highest priority" (ReplicationRule, API reference)."""
    make(s3, "second")
    low = rule(target, ID="low", Priority=1, Destination={"StorageClass": "STANDARD_IA"})
    high = rule(target, ID="high", Priority=2, Destination={"StorageClass": "GLACIER_IR"})
    configure(versioned, low, high, rule("second", Priority=3))
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    s3.delete_bucket(Bucket="second")
    assert replicate() == 2
    assert s3.head_object(Bucket=target, Key="k")["StorageClass"] == "GLACIER_IR"
    assert status(versioned, "k") == "FAILED", "one of two destinations is gone"


def test_both_ways_without_a_loop(s3, versioned, target, configure, replicate, status):
    configure(versioned, rule(target))
    configure(target, rule(versioned))
    s3.put_object(Bucket=versioned, Key="k", Body=b"from here")
    s3.put_object(Bucket=target, Key="k", Body=b"from there")
    assert replicate() == 2
    assert replicate() == 0
    assert [one for one, _ in versions(s3, versioned)] == [one for one, _ in versions(s3, target)]
    for bucket, version in ((b, v) for b in (versioned, target) for v, _ in versions(s3, b)):
        assert status(bucket, "k", VersionId=version) in ("COMPLETED", "REPLICA")


def test_replicas_are_not_replicated_on(s3, going, configure, replicate):
    make(s3, "third")
    configure(going, rule("third"))
    s3.put_object(Bucket="bucket", Key="k", Body=b"1")
    assert replicate() == 1
    assert "Contents" not in s3.list_objects_v2(Bucket="third")


def test_a_late_replica_does_not_hide_a_newer_version(s3, going, replicate, clock):
    s3.put_object(Bucket="bucket", Key="k", Body=b"older")
    clock.advance(5)
    s3.put_object(Bucket=going, Key="k", Body=b"newer")
    replicate()
    assert s3.get_object(Bucket=going, Key="k")["Body"].read() == b"newer"
    assert len(versions(s3, going)) == 2


def test_tags_follow_and_those_of_replicas_where_a_rule_says_so(
    s3, versioned, target, configure, replicate, status
):
    """Replicating metadata changes with replica modification sync (replication-for-metadata-changes, S3 User Guide)."""
    configure(versioned, rule(target))
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    replicate()

    def tag(bucket, value):
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "t", "Value": value}]})

    def tags():
        return [
            s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"][0]["Value"]
            for bucket in (versioned, target)
        ]

    tag(versioned, "1")
    assert status(versioned, "k") == "PENDING"
    assert replicate() == 1
    assert (tags(), status(versioned, "k")) == (["1", "1"], "COMPLETED")
    tag(target, "2")
    assert replicate() == 0
    both = {"SseKmsEncryptedObjects": {"Status": "Disabled"}, "ReplicaModifications": {"Status": "Enabled"}}
    configure(target, rule(versioned, SourceSelectionCriteria=both))
    tag(target, "3")
    assert replicate() == 1
    assert tags() == ["3", "3"]
    assert status(target, "k") == "REPLICA"


def test_the_lock_follows(s3, replicate, configure, clock):
    for name in ("locked", "also-locked"):
        s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    configure("locked", rule("also-locked"))
    s3.put_object(Bucket="locked", Key="k", Body=b"1", ObjectLockLegalHoldStatus="ON")
    replicate()
    assert s3.get_object_legal_hold(Bucket="also-locked", Key="k")["LegalHold"] == {"Status": "ON"}
    s3.put_object_legal_hold(Bucket="locked", Key="k", LegalHold={"Status": "OFF"})
    replicate()
    assert s3.get_object_legal_hold(Bucket="also-locked", Key="k")["LegalHold"] == {"Status": "OFF"}


def test_archived_objects_and_lifecycle_are_left_alone(s3, going, replicate):
    s3.put_object(Bucket="bucket", Key="k", Body=b"1", StorageClass="GLACIER")
    assert replicate() == 0


def test_a_rule_that_was_deleted(s3, going, replicate, status):
    s3.put_object(Bucket="bucket", Key="k", Body=b"1")
    s3.delete_bucket_replication(Bucket="bucket")
    assert replicate() == 1
    assert status("bucket", "k") == "FAILED"


def test_a_version_that_was_deleted(s3, going, replicate, platform):
    version = s3.put_object(Bucket="bucket", Key="k", Body=b"1")["VersionId"]
    s3.delete_object(Bucket="bucket", Key="k", VersionId=version)
    assert replicate() == 1
    assert "Contents" not in s3.list_objects_v2(Bucket=going)
    with platform.store.read() as tx:
        assert tx.sql("SELECT COUNT(*) FROM s3_replication") == [(0,)]


def test_an_error_that_passes_is_tried_again(s3, going, replicate, status, clock, monkeypatch):
    def broken(*_):
        raise RuntimeError("for a moment")

    s3.put_object(Bucket="bucket", Key="k", Body=b"1")
    with monkeypatch.context() as patch:
        patch.setattr(replicating, "_commit", broken)
        assert replicate() == 1
    assert status("bucket", "k") == "PENDING"
    assert replicate() == 0, "it is not due yet"
    clock.advance(2)
    assert replicate() == 1
    assert status("bucket", "k") == "COMPLETED"


def test_what_is_told(s3, versioned, target, configure, replicate, platform, clock, loop, monkeypatch):
    """Events of S3 Replication Time Control (replication-metrics, S3 User Guide)."""

    def refuse():
        raise errors.access_denied()

    minutes = {"Minutes": 15}
    timed = {
        "ReplicationTime": {"Status": "Enabled", "Time": minutes},
        "Metrics": {"Status": "Enabled", "EventThreshold": minutes},
    }
    configure(versioned, rule(target, Destination=timed))
    with platform.store.write() as tx:
        tx.want("test", OBJECT, "")
    with monkeypatch.context() as patch:
        patch.setattr(replicating, "_target", lambda tx, rule: refuse())
        s3.put_object(Bucket=versioned, Key="k", Body=b"1")
        replicate()
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    clock.advance(901)
    assert [loop.run(tell_overdue(platform)) for _ in range(2)] == [1, 0]
    replicate()
    with platform.store.read() as tx:
        told = [(one.what, one.id) for one in tx.changes(0, 100, [OBJECT])]
    assert told == [
        ("ObjectCreated:Put", "bucket/k"),
        ("Replication:OperationFailedReplication", "bucket/k"),
        ("ObjectCreated:Put", "bucket/k"),
        ("Replication:OperationMissedThreshold", "bucket/k"),
        ("ObjectCreated:Put", "target/k"),
        ("Replication:OperationReplicatedAfterThreshold", "bucket/k"),
    ]
