"""S3's objects in the change feed. The names of events and their fields are those of the User Guide:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.plane import Change, Platform
from clary.services.s3.object_changes import OBJECT, sequencer
from tests.support.waiting import until

Feed = Callable[[], list[Change]]


def want(platform: Platform, subject: str = "") -> None:
    with platform.store.write() as tx:
        tx.want("test", OBJECT, subject)


@pytest.fixture
def feed(platform: Platform) -> Feed:
    """The changes of objects since the last look; all objects are wanted."""
    want(platform)
    read = [0]

    def look() -> list[Change]:
        with platform.store.read() as tx:
            found = tx.changes(read[0], 100, [OBJECT])
        read[0] = found[-1].number if found else read[0]
        return found

    return look


def told(feed: Feed) -> list[tuple[str, str, Any]]:
    return [(one.what, one.view["key"], one.view.get("versionId")) for one in feed()]


def test_what_a_message_needs_is_there(s3: Any, bucket: str, feed: Feed, platform: Platform) -> None:
    answer = s3.put_object(Bucket=bucket, Key="a b/é.txt", Body=b"12345")
    (change,) = feed()
    with platform.store.read() as tx:
        ((owner, region),) = tx.sql("SELECT owner, region FROM s3_bucket WHERE name = ?", bucket)
    assert (change.kind, change.scope, change.id) == ("s3:Object", f"{owner}/{region}", "bucket/a b/é.txt")
    assert (change.arn, change.what) == ("arn:aws:s3:::bucket/a b/é.txt", "ObjectCreated:Put")
    principal, request = change.view.pop("principalId"), change.view.pop("requestId")
    assert principal == owner, "the account's own user"
    assert request == answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"]
    assert change.view.pop("sourceIPAddress") == "127.0.0.1"
    assert change.view == {
        "bucket": bucket,
        "key": "a b/é.txt",
        "size": 5,
        "eTag": answer["ETag"].strip('"'),
        "operation": "PutObject",
        "requester": owner,
    }


def test_what_creates_an_object(s3: Any, bucket: str, feed: Feed) -> None:
    s3.put_object(Bucket=bucket, Key="put", Body=b"1")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource="bucket/put")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"12")
    whole = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    answer: dict[str, Any] = {}
    for _ in range(2):  # completed again, it is the same object
        answer = s3.complete_multipart_upload(
            Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=whole
        )
    found = feed()
    assert [(one.what, one.view["key"], one.view["size"]) for one in found] == [
        ("ObjectCreated:Put", "put", 1),
        ("ObjectCreated:Copy", "copy", 1),
        ("ObjectCreated:CompleteMultipartUpload", "parts", 2),
    ]
    assert found[-1].view["eTag"] == answer["ETag"].strip('"')


def test_what_removes_an_object(s3: Any, bucket: str, feed: Feed) -> None:
    """In a bucket that was never versioned a deletion is for good, and one of nothing is none."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.put_object(Bucket=bucket, Key="a", Body=b"2")  # the first is replaced, which is no removal
    s3.delete_object(Bucket=bucket, Key="a")
    s3.delete_object(Bucket=bucket, Key="a")
    created = ("ObjectCreated:Put", "a", None)
    assert told(feed) == [created, created, ("ObjectRemoved:Delete", "a", None)]


def test_versions(s3: Any, versioned: str, feed: Feed) -> None:
    first = s3.put_object(Bucket=versioned, Key="a", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="a")["VersionId"]
    s3.delete_object(Bucket=versioned, Key="a", VersionId=marker)
    s3.delete_object(Bucket=versioned, Key="a", VersionId=first)
    s3.delete_object(Bucket=versioned, Key="a", VersionId=first)  # it has gone already
    found = feed()
    assert [(one.what, one.view["versionId"]) for one in found] == [
        ("ObjectCreated:Put", first),
        ("ObjectRemoved:DeleteMarkerCreated", marker),
        ("ObjectRemoved:Delete", marker),
        ("ObjectRemoved:Delete", first),
    ]
    assert "size" not in found[1].view


def test_a_suspended_bucket_has_null_versions(s3: Any, versioned: str, feed: Feed) -> None:
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=versioned, Key="a", Body=b"1")
    s3.delete_object(Bucket=versioned, Key="a")
    assert told(feed) == [
        ("ObjectCreated:Put", "a", "null"),
        ("ObjectRemoved:DeleteMarkerCreated", "a", "null"),
    ]


def test_many_are_deleted_one_by_one(s3: Any, bucket: str, feed: Feed) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.put_object(Bucket=bucket, Key="b", Body=b"1")
    feed()
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in ("b", "none", "a")]})
    assert told(feed) == [("ObjectRemoved:Delete", "b", None), ("ObjectRemoved:Delete", "a", None)]


def test_tags(s3: Any, bucket: str, feed: Feed) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", Tagging="k=v")  # one event, of the object
    s3.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "w"}]})
    s3.delete_object_tagging(Bucket=bucket, Key="a")
    s3.delete_object_tagging(Bucket=bucket, Key="a")  # "an object tag is removed": there is none
    assert [what for what, *_ in told(feed)] == [
        "ObjectCreated:Put",
        "ObjectTagging:Put",
        "ObjectTagging:Delete",
    ]


def test_an_acl_that_says_what_is_so_is_no_event(s3: Any, bucket: str, feed: Feed) -> None:
    """ "An event is not generated when a request results in no change to an object's ACL." """
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    feed()
    policy = s3.get_object_acl(Bucket=bucket, Key="a")
    s3.put_object_acl(
        Bucket=bucket,
        Key="a",
        AccessControlPolicy={"Owner": policy["Owner"], "Grants": policy["Grants"]},
    )
    assert told(feed) == []


def test_what_is_refused_is_not_told(s3: Any, bucket: str, feed: Feed) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    feed()
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket=bucket, Key="a", Body=b"2", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.delete_object(Bucket=bucket, Key="a", IfMatch='"other"')
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.put_object_tagging(Bucket=bucket, Key="none", Tagging={"TagSet": []})
    assert told(feed) == []


def test_the_sequencer_orders_the_events_of_a_key(s3: Any, bucket: str, feed: Feed, clock: Any) -> None:
    """ "first right pad the shorter value with zeros and then do lexicographical comparison": here all have one length,
    and the order holds where the clock is set back."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="a")
    clock.advance(-1)
    s3.put_object(Bucket=bucket, Key="a", Body=b"2")
    clock.advance(1)
    found = [sequencer(one) for one in feed()]
    assert found == sorted(set(found))
    assert len({len(one) for one in found}) == 1
    assert all(int(one, 16) for one in found)


class TestWhatIsWanted:
    """Nobody pays for changes that nobody reads; nothing is lost to one who has said that they want them."""

    def count(self, platform: Platform) -> int:
        with platform.store.read() as tx:
            return len(tx.changes(0, 1000, [OBJECT]))

    def test_nothing_is_written_for_nobody(self, s3: Any, bucket: str, platform: Platform) -> None:
        s3.put_object(Bucket=bucket, Key="a", Body=b"1")
        s3.delete_object(Bucket=bucket, Key="a")
        assert self.count(platform) == 0

    def test_one_bucket(self, s3: Any, bucket: str, platform: Platform) -> None:
        s3.create_bucket(Bucket="other")
        want(platform, "other")
        s3.put_object(Bucket=bucket, Key="a", Body=b"1")
        assert self.count(platform) == 0
        s3.put_object(Bucket="other", Key="a", Body=b"1")
        assert self.count(platform) == 1
        with platform.store.write() as tx:
            tx.want("test", OBJECT, "other", seconds=0)
        s3.put_object(Bucket="other", Key="a", Body=b"2")
        assert self.count(platform) == 1

    def test_what_is_put_after_the_wish_is_told_while_others_put(
        self, s3: Any, bucket: str, platform: Platform
    ) -> None:
        """Objects that are put while the wish is written are there before it, or told after it."""
        over = threading.Event()
        numbers: list[int] = []

        def put() -> None:
            while not over.is_set():
                s3.put_object(Bucket=bucket, Key=f"k{len(numbers)}", Body=b"1")
                numbers.append(len(numbers))

        thread = threading.Thread(target=put)
        thread.start()
        until(lambda: len(numbers) > 5, 10, 0.001)
        with platform.store.write() as tx:
            tx.want("test", OBJECT)
            there = {key for (key,) in tx.sql("SELECT key FROM s3_object WHERE bucket = ?", bucket)}
        wanted_at = len(numbers)
        until(lambda: len(numbers) > wanted_at + 5, 10, 0.001)
        over.set()
        thread.join()
        with platform.store.read() as tx:
            told = {one.view["key"] for one in tx.changes(0, 1000, [OBJECT])}
        assert there.isdisjoint(told)
        assert there | told == {f"k{number}" for number in numbers}
