"""Versions and delete markers. Oracle: recorded answers (`test_delete_object_versioned`, `test_put_object_on_suspended_bucket`,
`test_list_objects_versions_markers`, `test_delete_keys_in_versioned_bucket`)."""

from __future__ import annotations

import pytest


def body(s3, bucket, key, version=None):
    extra = {"VersionId": version} if version else {}
    return s3.get_object(Bucket=bucket, Key=key, **extra)["Body"].read()


def test_every_write_is_a_version(s3, versioned):
    v1 = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    v2 = s3.put_object(Bucket=versioned, Key="k", Body=b"2")["VersionId"]
    assert len({v1, v2}) == 2
    assert len(v1) == len(v2) == 32
    assert (body(s3, versioned, "k"), body(s3, versioned, "k", v1), body(s3, versioned, "k", v2)) == (
        b"2",
        b"1",
        b"2",
    )
    assert s3.get_object(Bucket=versioned, Key="k")["VersionId"] == v2


def test_a_delete_marker_hides_the_key(s3, versioned, refused):
    v1 = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="k")
    assert marker["DeleteMarker"] is True
    with refused("NoSuchKey", 404) as refusal:
        s3.get_object(Bucket=versioned, Key="k")
    assert refusal.headers["x-amz-delete-marker"] == "true"
    assert refusal.headers["x-amz-version-id"] == marker["VersionId"]
    with refused("MethodNotAllowed", 405) as refusal:
        s3.get_object(Bucket=versioned, Key="k", VersionId=marker["VersionId"])
    assert (refusal.error["Method"], refusal.error["ResourceType"]) == ("GET", "DeleteMarker")
    assert body(s3, versioned, "k", v1) == b"1"
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 0


ATTRIBUTES = {"ObjectAttributes": ["ETag"]}
TAGS = {"Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}
MARKED = [
    # operation, members, what is answered without a VersionId (None: NoSuchKey), the method that the 405 names
    ("get_object", {}, None, "GET"),  # recorded: test_delete_object_versioned
    ("get_object_acl", {}, None, "GET"),  # recorded: test_put_object_acl_on_delete_marker
    ("put_object_acl", {"ACL": "bucket-owner-full-control"}, 405, "PUT"),
    ("get_object_attributes", ATTRIBUTES, None, "GET"),  # recorded: test_get_object_attributes_versioned
    ("get_object_tagging", {}, 405, "GET"),  # a read, and yet as its siblings
    ("put_object_tagging", TAGS, 405, "PUT"),  # getmoto/moto#9401
    ("delete_object_tagging", {}, 405, "DELETE"),
]


@pytest.fixture
def marked(s3, versioned):
    """The version of the delete marker that is the newest of key `k`."""
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    return s3.delete_object(Bucket=versioned, Key="k")["VersionId"]


@pytest.mark.parametrize(("operation", "members", "alone", "method"), MARKED)
def test_what_a_delete_marker_answers(s3, versioned, marked, refused, operation, members, alone, method):
    call, named = getattr(s3, operation), {"Bucket": versioned, "Key": "k", **members}
    with refused(*(("MethodNotAllowed", 405) if alone else ("NoSuchKey", 404))) as bare:
        call(**named)
    with refused("MethodNotAllowed", 405) as by_version:
        call(**named, VersionId=marked)
    for refusal in (bare, by_version):
        assert refusal.headers["x-amz-delete-marker"] == "true"
        assert refusal.headers["x-amz-version-id"] == marked
    for refusal in (bare, by_version) if alone else (by_version,):
        assert (refusal.error["Method"], refusal.error["ResourceType"]) == (method, "DeleteMarker")
        assert refusal.headers["allow"] == "DELETE"
        # "... and the Last-Modified: timestamp response header" (GetObject, API reference)
        assert ("last-modified" in refusal.headers) == (method == "GET")


def test_the_head_of_a_delete_marker(s3, versioned, marked, refused):
    with refused("404", 404) as bare:
        s3.head_object(Bucket=versioned, Key="k")
    with refused("405", 405) as by_version:
        s3.head_object(Bucket=versioned, Key="k", VersionId=marked)
    assert bare.headers["x-amz-delete-marker"] == by_version.headers["x-amz-delete-marker"] == "true"
    assert "last-modified" in by_version.headers


def test_a_part_is_not_copied_from_a_delete_marker(s3, versioned, marked, refused):
    named = {"Bucket": versioned, "Key": "other"}
    upload = s3.create_multipart_upload(**named)["UploadId"]
    part = {**named, "UploadId": upload, "PartNumber": 1}
    with refused("NoSuchKey", 404):
        s3.upload_part_copy(**part, CopySource=f"{versioned}/k")
    with refused("InvalidRequest", 400):
        s3.upload_part_copy(**part, CopySource=f"{versioned}/k?versionId={marked}")


def test_deleting_the_marker_brings_the_key_back(s3, versioned):
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    answer = s3.delete_object(Bucket=versioned, Key="k", VersionId=marker)
    assert (answer["DeleteMarker"], answer["VersionId"]) == (True, marker)
    assert body(s3, versioned, "k") == b"1"
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 1


def test_a_version_goes_for_good(s3, versioned, refused):
    v1 = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    v2 = s3.put_object(Bucket=versioned, Key="k", Body=b"2")["VersionId"]
    assert s3.delete_object(Bucket=versioned, Key="k", VersionId=v2)["VersionId"] == v2
    assert body(s3, versioned, "k") == b"1"
    with refused("NoSuchVersion", 404) as refusal:
        s3.get_object(Bucket=versioned, Key="k", VersionId=v2)
    assert refusal.error["VersionId"] == v2
    s3.delete_object(Bucket=versioned, Key="k", VersionId=v2)  # again: no error
    s3.delete_object(Bucket=versioned, Key="k", VersionId=v1)
    s3.delete_bucket(Bucket=versioned)


@pytest.mark.parametrize("version", ["HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD", "x", "ü"])
def test_version_ids_that_are_none(s3, bucket, refused, version):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    for call in (s3.get_object, s3.delete_object):
        with refused("InvalidArgument", 400) as refusal:
            call(Bucket=bucket, Key="k", VersionId=version)
        assert refusal.error["Message"] == "Invalid version id specified"


def test_a_version_id_is_never_empty(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    for call in (s3.get_object, s3.delete_object, s3.get_object_tagging):
        with refused("InvalidArgument", 400) as refusal:
            call(Bucket=bucket, Key="k", VersionId="")
        assert refusal.error["Message"] == "Version id cannot be the empty string"
    assert s3.head_object(Bucket=bucket, Key="k")


def test_the_null_version(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"null")
    answer = s3.get_object(Bucket=bucket, Key="k", VersionId="null")
    assert (answer["Body"].read(), "VersionId" in answer) == (b"null", False)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    v2 = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]
    assert body(s3, bucket, "k", "null") == b"null"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    # recorded: test_put_object_on_suspended_bucket
    assert "VersionId" not in s3.put_object(Bucket=bucket, Key="k", Body=b"new null")
    assert (body(s3, bucket, "k"), body(s3, bucket, "k", "null"), body(s3, bucket, "k", v2)) == (
        b"new null",
        b"new null",
        b"2",
    )
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [(v["VersionId"], v["IsLatest"]) for v in versions] == [("null", True), (v2, False)]
    s3.delete_object(Bucket=bucket, Key="k")
    listed = s3.list_object_versions(Bucket=bucket)
    assert [m["VersionId"] for m in listed["DeleteMarkers"]] == ["null"]
    assert [v["VersionId"] for v in listed["Versions"]] == [v2]


def test_a_copy_in_a_suspended_bucket_names_the_null_version(s3, bucket):
    # recorded: test_s3_copy_object_in_place_suspended_only
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    answer = s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k", MetadataDirective="REPLACE")
    assert (answer["VersionId"], "CopySourceVersionId" in answer) == ("null", False)


def test_a_delete_marker_is_no_object_to_write_to(s3, versioned, refused):
    # recorded: test_put_object_acl_on_delete_marker
    s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    with refused("MethodNotAllowed", 405) as refusal:
        s3.put_object_acl(Bucket=versioned, Key="k", ACL="private")
    assert (refusal.error["Method"], refusal.error["ResourceType"]) == ("PUT", "DeleteMarker")
    assert (refusal.headers["x-amz-version-id"], refusal.headers["allow"]) == (marker, "DELETE")
    with refused("MethodNotAllowed", 405):
        s3.put_object_tagging(Bucket=versioned, Key="k", Tagging={"TagSet": []})
    with refused("MethodNotAllowed", 405) as refusal:
        s3.delete_object_tagging(Bucket=versioned, Key="k")
    assert refusal.error["Method"] == "DELETE"
    with refused("NoSuchKey", 404):
        s3.get_object_acl(Bucket=versioned, Key="k")


def test_versioning_is_told(s3, bucket, refused):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status
    with refused("IllegalVersioningConfigurationException", 400):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={})


def test_many_keys_are_deleted_with_their_versions(s3, versioned):
    v1 = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    answer = s3.delete_objects(Bucket=versioned, Delete={"Objects": [{"Key": "k"}]})["Deleted"][0]
    marker = answer["DeleteMarkerVersionId"]
    assert answer == {"Key": "k", "DeleteMarker": True, "DeleteMarkerVersionId": marker}
    entries = [{"Key": "k", "VersionId": v1}, {"Key": "k", "VersionId": marker}]
    deleted = s3.delete_objects(Bucket=versioned, Delete={"Objects": entries})["Deleted"]
    assert deleted == [
        {"Key": "k", "VersionId": v1},
        {"Key": "k", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker},
    ]


@pytest.fixture
def history(s3, versioned):
    """Three keys with versions and markers, as recorded in test_list_objects_versions_markers."""
    for key in ("test_0", "test_1", "test_2"):
        s3.put_object(Bucket=versioned, Key=key, Body=b"version 1")
        s3.put_object(Bucket=versioned, Key=key, Body=b"version 2")
        s3.delete_object(Bucket=versioned, Key=key)
    for key in ("test_0", "test_1"):
        s3.put_object(Bucket=versioned, Key=key, Body=b"version 3")
    return versioned


def listed(page):
    rows = [(v["Key"], v["VersionId"]) for v in page.get("Versions", [])]
    return rows + [(m["Key"], m["VersionId"]) for m in page.get("DeleteMarkers", [])]


def test_versions_are_listed_newest_first(s3, history):
    page = s3.list_object_versions(Bucket=history)
    latest = [(v["Key"], v["IsLatest"]) for v in page["Versions"]]
    assert (
        latest
        == [("test_0", True), *[("test_0", False)] * 2, ("test_1", True), *[("test_1", False)] * 2]
        + [("test_2", False)] * 2
    )
    assert [m["IsLatest"] for m in page["DeleteMarkers"]] == [False, False, True]
    assert (page["KeyMarker"], page["VersionIdMarker"], page["IsTruncated"]) == ("", "", False)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_versions_are_paged(s3, history, size):
    whole = listed(s3.list_object_versions(Bucket=history))
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=history, PaginationConfig={"PageSize": size}
    )
    paged = [listed(page) for page in pages]
    assert all(len(page) <= size for page in paged)
    assert sorted(row for page in paged for row in page) == sorted(whole)


def test_version_markers(s3, history, refused):
    after = s3.list_object_versions(Bucket=history, KeyMarker="test_1", MaxKeys=1)
    assert [m["Key"] for m in after["DeleteMarkers"]] == ["test_2"]
    assert after["NextKeyMarker"] == "test_2"
    assert "Versions" not in s3.list_object_versions(Bucket=history, KeyMarker="test_2")
    with refused("InvalidArgument", 400) as refusal:
        s3.list_object_versions(Bucket=history, VersionIdMarker=after["NextVersionIdMarker"])
    assert refusal.error["Message"] == "A version-id marker cannot be specified without a key marker."


def test_versions_are_folded(s3, versioned):
    for key in ("dir/test", "dir/subdir/a", "dir/subdir/b", "dir/test"):
        s3.put_object(Bucket=versioned, Key=key, Body=b"1")
    page = s3.list_object_versions(Bucket=versioned, Prefix="dir/", Delimiter="/")
    assert [p["Prefix"] for p in page["CommonPrefixes"]] == ["dir/subdir/"]
    assert [v["Key"] for v in page["Versions"]] == ["dir/test"] * 2


def test_a_version_may_be_read_with_its_attributes_and_tags(s3, versioned):
    v1 = s3.put_object(Bucket=versioned, Key="k", Body=b"1", Tagging="a=1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="k", Body=b"22")
    assert s3.get_object_tagging(Bucket=versioned, Key="k", VersionId=v1)["TagSet"] == [
        {"Key": "a", "Value": "1"}
    ]
    answer = s3.get_object_attributes(
        Bucket=versioned, Key="k", VersionId=v1, ObjectAttributes=["ObjectSize"]
    )
    assert (answer["ObjectSize"], answer["VersionId"]) == (1, v1)
