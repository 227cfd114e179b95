"""Listings. Oracle: a sorted list of keys; recorded answers (`test_list_objects_marker_common_prefixes`,
`test_list_objects_v2_continuation_token_safe_chars`, `test_list_objects_with_prefix`)."""

from __future__ import annotations

import pytest


@pytest.fixture
def fill(s3, bucket):
    def put(*keys):
        for key in keys:
            s3.put_object(Bucket=bucket, Key=key, Body=b"123")

    return put


FOLDERS = ("folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/file1", "folder/file2")


def test_keys_are_in_byte_order(s3, bucket, fill):
    keys = ["a", "B", "é", "z", "😀", "\uffee", "Z", "a/", "a\u0300"]
    fill(*keys)
    listed = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert listed == sorted(keys, key=str.encode)


def test_what_a_listing_shows(s3, bucket, fill):
    fill("k")
    page = s3.list_objects_v2(Bucket=bucket)
    assert (page["Name"], page["Prefix"], page["MaxKeys"], page["KeyCount"]) == (bucket, "", 1000, 1)
    (one,) = page["Contents"]
    assert (one["Key"], one["Size"], one["StorageClass"]) == ("k", 3, "STANDARD")
    assert (one["ChecksumAlgorithm"], one["ChecksumType"]) == (["CRC32"], "FULL_OBJECT")
    assert "Owner" not in one
    assert len(s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]["Owner"]["ID"]) == 64
    v1 = s3.list_objects(Bucket=bucket)
    assert (v1["Marker"], v1["IsTruncated"], "Owner" in v1["Contents"][0]) == ("", False, True)


def test_markers_and_common_prefixes(s3, bucket, fill):
    """Recorded: test_list_objects_marker_common_prefixes."""
    fill(*FOLDERS)
    ask = {"Bucket": bucket, "Prefix": "folder/", "Delimiter": "/", "MaxKeys": 1}
    start = s3.list_objects(**ask)
    assert [p["Prefix"] for p in start["CommonPrefixes"]] == ["folder/aSubfolder/"]
    assert start["NextMarker"] == "folder/aSubfolder/"
    for marker in ("folder/aSubfolder/", "folder/aSubfolder/subFile1"):
        page = s3.list_objects(**ask, Marker=marker)
        assert ([o["Key"] for o in page["Contents"]], page["NextMarker"]) == (
            ["folder/file1"],
            "folder/file1",
        )
        assert "CommonPrefixes" not in page
    end = s3.list_objects(**ask, Marker="folder/file1")
    assert ([o["Key"] for o in end["Contents"]], end["IsTruncated"], "NextMarker" in end) == (
        ["folder/file2"],
        False,
        False,
    )


def test_next_marker_comes_with_a_delimiter_only(s3, bucket, fill):
    fill("a", "b", "c")
    page = s3.list_objects(Bucket=bucket, MaxKeys=2)
    assert (page["IsTruncated"], "NextMarker" in page) == (True, False)
    assert [o["Key"] for o in s3.list_objects(Bucket=bucket, Marker="b")["Contents"]] == ["c"]


def test_tokens_and_start_after(s3, bucket, fill, refused):
    fill("date=2026-01-01/", "date=2026-02-01/", "date=2026-03-01/", "date=2026-05-01/")
    first = s3.list_objects_v2(Bucket=bucket, MaxKeys=2, StartAfter="date=2026-01-01/")
    assert [o["Key"] for o in first["Contents"]] == ["date=2026-02-01/", "date=2026-03-01/"]
    assert first["StartAfter"] == "date=2026-01-01/"
    second = s3.list_objects_v2(
        Bucket=bucket, ContinuationToken=first["NextContinuationToken"], StartAfter="date=2026-01-01/"
    )
    assert [o["Key"] for o in second["Contents"]] == ["date=2026-05-01/"]
    assert ("StartAfter" in second, "NextContinuationToken" in second) == (False, False)
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=bucket, ContinuationToken="nonsense")


def test_a_token_and_a_version_marker_are_never_empty(s3, bucket, refused):
    with refused("InvalidArgument", 400) as refusal:
        s3.list_objects_v2(Bucket=bucket, ContinuationToken="")
    assert refusal.error["ArgumentName"] == "continuation-token"
    with refused("InvalidArgument", 400) as refusal:
        s3.list_object_versions(Bucket=bucket, KeyMarker="a", VersionIdMarker="")
    assert refusal.error["Message"] == "A version-id marker cannot be empty."


def test_sizes_of_pages(s3, bucket, fill, refused):
    fill("a", "b")
    none = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert (none["KeyCount"], none["IsTruncated"]) == (0, False)
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)["MaxKeys"] == 1000
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=bucket, MaxKeys=-1)


def test_the_encoding_is_url_or_none(s3, bucket, refused):
    with refused("InvalidArgument", 400) as refusal:
        s3.list_objects_v2(Bucket=bucket, EncodingType="value")
    assert refusal.error["Message"] == "Invalid Encoding Method specified in Request"
    assert refusal.error["ArgumentName"] == "encoding-type"


def test_encoded_keys(s3, bucket, fill):
    """Recorded: `date%3D2026-03-01/` in `test_list_objects_v2_continuation_token_safe_chars`: all but slashes."""
    fill("date=1/", "a b+c")
    page = s3.list_objects_v2(Bucket=bucket, EncodingType="url")
    assert [o["Key"] for o in page["Contents"]] == ["a+b%2Bc", "date%3D1/"]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_common_prefixes_across_pages(s3, bucket, fill, size):
    fill(*(f"l/{i % 5}/{i:02d}" for i in range(25)), "l", "l/x", "m/1")
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix="l/", Delimiter="/", PaginationConfig={"PageSize": size}
        )
    )
    assert [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])] == [
        f"l/{i}/" for i in range(5)
    ]
    assert [o["Key"] for page in pages for o in page.get("Contents", [])] == ["l/x"]
    assert sum(page["KeyCount"] for page in pages) == 6


def test_a_listing_touches_no_more_than_its_page(s3, bucket, platform):
    """The plan is a range of the covering index: neither a scan nor a sort."""
    with platform.store.read() as tx:
        plan = tx.sql(
            "EXPLAIN QUERY PLAN SELECT key, size, etag, modified, storage, sum FROM s3_object"
            " WHERE latest = 1 AND marker = 0 AND bucket = ? AND key > ? ORDER BY key LIMIT ?",
            "b",
            "k",
            10,
        )
    text = " ".join(str(row[-1]) for row in plan)
    assert "USING COVERING INDEX s3_object_listing (bucket=? AND key>?)" in text
    assert "TEMP B-TREE" not in text
