"""Ranges and conditions of reads and writes. Oracle: RFC 9110, recorded answers (`test_s3_get_object_preconditions`,
`test_copy_object_precondition_write_validation`, `test_range_header_body_length`)."""

from __future__ import annotations

import datetime
import os
import time

import pytest

BODY = bytes(range(100))


@pytest.fixture(params=["inline", "blob"])
def stored(request, s3, bucket):
    """The same bytes at the end of a small and of a large object."""
    s3.put_object(Bucket=bucket, Key="k", Body=BODY if request.param == "inline" else BODY * 2000)
    return 1 if request.param == "inline" else 2000


@pytest.mark.parametrize(
    ("header", "first", "last"), [("bytes=5-14", 5, 14), ("bytes=90-", 90, None), ("bytes=0-0", 0, 0)]
)
def test_ranges(s3, bucket, stored, header, first, last):
    size = 100 * stored
    last = size - 1 if last is None else last
    got = s3.get_object(Bucket=bucket, Key="k", Range=header)
    assert got["Body"].read() == (BODY * stored)[first : last + 1]
    assert got["ContentRange"] == f"bytes {first}-{last}/{size}"
    assert got["ContentLength"] == last - first + 1
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_a_suffix_and_an_end_beyond_the_end(s3, bucket, stored):
    size = 100 * stored
    assert (
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=-3")["ContentRange"]
        == f"bytes {size - 3}-{size - 1}/{size}"
    )
    whole = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes=-{size * 2}")
    assert whole["ContentLength"] == size
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=90-9999999")["ContentLength"] == size - 90


@pytest.mark.parametrize(
    "header",
    ["bytes=5-4", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=-", f"bytes=0-{'9' * 5000}"],
    ids=lambda header: header[:16],
)
def test_ranges_that_say_nothing_are_ignored(s3, bucket, stored, header):
    got = s3.get_object(Bucket=bucket, Key="k", Range=header)
    assert (got["ContentLength"], "ContentRange" in got) == (100 * stored, False)


@pytest.mark.parametrize("size", [20_000, 2_000_000], ids=["in a segment", "in a file"])
def test_bytes_that_are_gone_from_the_disk_are_an_error_and_no_broken_answer(
    s3, bucket, platform, refused, size
):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (InternalError): clients try again."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * size)
    for path in (platform.settings.home / "objects").rglob("*"):
        if path.is_file():
            os.truncate(path, 0)
            path.unlink()
    with refused("InternalError", 500):
        s3.get_object(Bucket=bucket, Key="k")
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == size


@pytest.mark.parametrize("header", ["bytes=200000-", "bytes=-0"])
def test_ranges_beyond_the_end(s3, bucket, stored, refused, header):
    with refused("InvalidRange", 416) as refusal:
        s3.get_object(Bucket=bucket, Key="k", Range=header)
    assert refusal.error["Message"] == "The requested range is not satisfiable"
    assert refusal.error["ActualObjectSize"] == str(100 * stored)


def test_the_only_part_of_a_whole(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"test-123")
    got = s3.get_object(Bucket=bucket, Key="k", PartNumber=1)
    assert got["ContentRange"] == "bytes 0-7/8"
    assert "PartsCount" not in got
    with refused("InvalidPartNumber", 416) as refusal:
        s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert refusal.error["ActualPartCount"] == "1"
    with refused("InvalidRequest", 400) as refusal:
        s3.get_object(Bucket=bucket, Key="k", PartNumber=1, Range="bytes=0-1")
    assert refusal.error["Message"] == "Cannot specify both Range header and partNumber query parameter"


@pytest.mark.parametrize("number", [0, 10_001])
def test_numbers_that_no_part_has(s3, bucket, stored, refused, number):
    # UploadPart (API reference): 1 to 10,000
    with refused("InvalidArgument", 400) as refusal:
        s3.get_object(Bucket=bucket, Key="k", PartNumber=number)
    assert refusal.error["ArgumentValue"] == str(number)


def test_conditions_on_the_etag(s3, bucket, refused):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"test")["ETag"]
    s3.get_object(Bucket=bucket, Key="k", IfMatch=etag)
    s3.get_object(Bucket=bucket, Key="k", IfNoneMatch='"other"')
    with refused("PreconditionFailed", 412) as refusal:
        s3.get_object(Bucket=bucket, Key="k", IfMatch='"other"')
    assert refusal.error["Condition"] == "If-Match"
    for value in (etag, etag.strip('"'), "*", f'"x", {etag}'):
        with refused("304", 304):
            s3.get_object(Bucket=bucket, Key="k", IfNoneMatch=value)


def test_conditions_on_the_time(s3, bucket, clock, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"test")
    made = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    clock.advance(100)
    second = datetime.timedelta(seconds=1)
    s3.head_object(Bucket=bucket, Key="k", IfUnmodifiedSince=made)
    with refused("412", 412):
        s3.head_object(Bucket=bucket, Key="k", IfUnmodifiedSince=made - second)
    with refused("304", 304):
        s3.head_object(Bucket=bucket, Key="k", IfModifiedSince=made)
    s3.head_object(Bucket=bucket, Key="k", IfModifiedSince=made - second)
    s3.head_object(
        Bucket=bucket, Key="k", IfModifiedSince=made + datetime.timedelta(days=2)
    )  # the future is ignored


def test_the_etag_outweighs_the_time(s3, bucket, clock, refused):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"test")["ETag"]
    clock.advance(600)
    before = datetime.datetime.fromtimestamp(time.time() - 300, datetime.UTC)
    s3.get_object(Bucket=bucket, Key="k", IfMatch=etag, IfUnmodifiedSince=before)
    with refused("304", 304):
        s3.get_object(Bucket=bucket, Key="k", IfNoneMatch=etag, IfModifiedSince=before)


def test_writing_only_what_is_not_there(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")
    with refused("PreconditionFailed", 412) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    assert refusal.error["Condition"] == "If-None-Match"
    s3.delete_object(Bucket=bucket, Key="k")
    s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfNoneMatch="*")


def test_writing_only_over_what_was_read(s3, bucket, refused):
    with refused("NoSuchKey", 404):
        s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfMatch='"x"')
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=etag)
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)


@pytest.mark.parametrize(
    ("wish", "header"),
    [
        ({"IfMatch": "*"}, "If-Match"),
        ({"IfNoneMatch": '"x"'}, "If-None-Match"),
        ({"IfMatch": '"x"', "IfNoneMatch": "*"}, "If-Match,If-None-Match"),
    ],
)
def test_conditions_that_s3_does_not_take_on_a_write(s3, bucket, refused, wish, header):
    with refused("NotImplemented", 501) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"1", **wish)
    assert refusal.error["Header"] == header


def test_a_refused_write_leaves_no_bytes(s3, bucket, platform, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 300_000, IfNoneMatch="*")
    blobs = [p for p in (platform.settings.home / "objects" / "blobs").rglob("*") if p.is_file()]
    assert blobs == []
