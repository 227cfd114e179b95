"""Which operation of S3 a request is for: by method, path, query and headers."""

from __future__ import annotations

import pytest

from clary.kernel import AwsError
from clary.wire import Request
from tests.wire.routing import found, match, signed


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "expected"),
    [
        ("GET", "/", "", {}, "ListBuckets"),
        ("GET", "/", "x-id=ListBuckets", {}, "ListBuckets"),
        ("PUT", "/b", "", {}, "CreateBucket"),
        ("HEAD", "/b", "", {}, "HeadBucket"),
        ("GET", "/b", "", {}, "ListObjects"),
        ("GET", "/b/", "list-type=2&prefix=a", {}, "ListObjectsV2"),
        ("GET", "/b", "location", {}, "GetBucketLocation"),
        ("GET", "/b", "uploads=", {}, "ListMultipartUploads"),
        ("GET", "/b", "lifecycle", {}, "GetBucketLifecycleConfiguration"),
        ("GET", "/b", "analytics", {}, "ListBucketAnalyticsConfigurations"),
        ("GET", "/b", "analytics&id=1", {}, "GetBucketAnalyticsConfiguration"),
        ("POST", "/b", "delete", {}, "DeleteObjects"),
        ("GET", "/b/k", "", {}, "GetObject"),
        ("GET", "/b/k", "x-id=GetObject", {}, "GetObject"),
        ("GET", "/b/k", "acl", {}, "GetObjectAcl"),
        ("GET", "/b/k", "uploadId=1", {}, "ListParts"),
        ("PUT", "/b/k", "", {}, "PutObject"),
        ("PUT", "/b/k", "", {"x-amz-copy-source": "/a/b"}, "CopyObject"),
        ("PUT", "/b/k", "partNumber=1&uploadId=u", {}, "UploadPart"),
        ("PUT", "/b/k", "partNumber=1&uploadId=u", {"x-amz-copy-source": "/a/b"}, "UploadPartCopy"),
        ("POST", "/b/k", "uploads", {}, "CreateMultipartUpload"),
        ("POST", "/b/k", "uploadId=u", {}, "CompleteMultipartUpload"),
        ("DELETE", "/b/k", "uploadId=u", {}, "AbortMultipartUpload"),
        ("DELETE", "/b/k", "", {}, "DeleteObject"),
        ("POST", "/b/k", "select&select-type=2", {}, "SelectObjectContent"),
        ("PUT", "/b/k", "tagging", {}, "PutObjectTagging"),
    ],
)
def test_s3_by_method_path_query_and_headers(
    method: str, path: str, query: str, headers: dict[str, str], expected: str
) -> None:
    assert found(Request(method, path, query, {**signed("s3"), **headers})) == f"s3:{expected}"


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("/b/a/b/c", {"Bucket": "b", "Key": "a/b/c"}),
        ("/b/a%20b%2Fc", {"Bucket": "b", "Key": "a b/c"}),
        ("/b/a/", {"Bucket": "b", "Key": "a/"}),
        ("/b//a", {"Bucket": "b", "Key": "/a"}),
        ("/b/../a", {"Bucket": "b", "Key": "../a"}),
        ("/b/%E6%BC%A2+", {"Bucket": "b", "Key": "漢+"}),
    ],
)
def test_keys_are_taken_as_they_are(path: str, labels: dict[str, str]) -> None:
    assert match(Request("GET", path, "", signed("s3"))).labels == labels


@pytest.mark.parametrize(
    ("host", "path", "labels"),
    [
        ("bucket.localhost:4566", "/a/b", {"Bucket": "bucket", "Key": "a/b"}),
        ("bucket.localhost.:4566", "/a", {"Bucket": "bucket", "Key": "a"}),  # a name from the root of all
        ("bucket.s3.amazonaws.com.", "/a", {"Bucket": "bucket", "Key": "a"}),
        ("my.bucket.s3.amazonaws.com", "/a", {"Bucket": "my.bucket", "Key": "a"}),
        ("bucket.s3.us-west-2.amazonaws.com", "/a", {"Bucket": "bucket", "Key": "a"}),
        ("bucket.s3-us-west-2.amazonaws.com", "/a", {"Bucket": "bucket", "Key": "a"}),
        ("localhost:4566", "/bucket/a", {"Bucket": "bucket", "Key": "a"}),
        ("127.0.0.1:4566", "/bucket/a", {"Bucket": "bucket", "Key": "a"}),
        ("s3.us-east-1.amazonaws.com", "/bucket/a", {"Bucket": "bucket", "Key": "a"}),
        ("other/x.localhost:4566", "/bucket/a", {"Bucket": "bucket", "Key": "a"}),
    ],
)
def test_a_bucket_may_stand_in_the_host(host: str, path: str, labels: dict[str, str]) -> None:
    assert match(Request("GET", path, "", {**signed("s3"), "host": host})).labels == labels


def test_unsigned_requests_are_s3s() -> None:
    assert found(Request("GET", "/bucket/key")) == "s3:GetObject"


def test_a_method_that_s3_lacks() -> None:
    with pytest.raises(AwsError) as caught:
        match(Request("PATCH", "/b/k", "", signed("s3")))
    assert (caught.value.code, caught.value.status) == ("MethodNotAllowed", 405)
    assert caught.value.message == "The specified method is not allowed against this resource."
