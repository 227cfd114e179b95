"""What crashes and replacements leave is taken away, and nothing else is."""

from __future__ import annotations

import os

import pytest

from clary.plane.upkeep.leftovers import LEFTOVER_AGE
from clary.services.s3.sweep import sweep


@pytest.fixture
def blobs(platform):
    def files():
        return [p for p in (platform.settings.home / "objects" / "blobs").rglob("*") if p.is_file()]

    return files


def test_replaced_bytes_go_after_a_while(s3, bucket, platform, clock, loop, blobs):
    for body in (b"x" * 100_000, b"y" * 100_000):
        s3.put_object(Bucket=bucket, Key="k", Body=body)
    assert loop.run(sweep(platform)).discarded == 0  # somebody may be reading them
    assert len(blobs()) == 2
    clock.advance(61)
    assert loop.run(sweep(platform)).discarded == 1
    assert len(blobs()) == 1
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"y" * 100_000
    with platform.store.read() as tx:
        assert tx.sql("SELECT COUNT(*) FROM s3_garbage") == [(0,)]


def test_bytes_without_a_row_go_when_they_are_old(s3, bucket, platform, loop, blobs):
    """A process that dies between storing bytes and writing their row leaves these."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 100_000)
    lost = loop.run(platform.objects.put(b"z" * 100_000))
    assert loop.run(sweep(platform, leftovers=True)).leftovers == 0
    path = platform.objects.path(lost.key)
    for blob in blobs():
        old = os.stat(blob).st_mtime - LEFTOVER_AGE - 10
        os.utime(blob, (old, old))
    assert loop.run(sweep(platform, leftovers=True)).leftovers == 1
    assert not os.path.exists(path)
    assert s3.get_object(Bucket=bucket, Key="k")["ContentLength"] == 100_000


def test_more_garbage_than_a_batch(s3, bucket, platform, clock, loop):
    with platform.store.write() as tx:
        tx.sql_many(
            "INSERT INTO s3_garbage (place, since) VALUES (?, ?)",
            [(f"no-such-blob-{i}", 0.0) for i in range(1500)],
        )
    assert loop.run(sweep(platform)).discarded == 1500


def test_a_key_that_never_stops_changing_keeps_one_body(s3, bucket, platform, clock, loop, blobs):
    for turn in range(5):
        s3.put_object(Bucket=bucket, Key="k", Body=bytes([turn]) * 70_000)
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
        clock.advance(61)
        loop.run(sweep(platform))
        assert len(blobs()) == 1
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"\x04" * 70_000


def test_remembered_answers_are_forgotten(s3, bucket, platform, clock, loop, refused):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"1")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload=parts)
    clock.advance(25 * 3600)
    assert loop.run(sweep(platform)).answers == 1
    with platform.store.read() as tx:
        assert tx.sql("SELECT COUNT(*) FROM s3_upload") == [(0,)]
