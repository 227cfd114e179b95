"""Presigned URLs of Signature Version 2, as botocore makes them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from clary.kernel import AwsError
from clary.wire import Request, sigv2
from tests.support.clients import boto3_client

KEY, SECRET = "AKIAEXAMPLE", "secret"


def presign(operation: str, token: str | None = None, **params: str) -> str:
    client = boto3_client("s3", "http://127.0.0.1:4566", KEY, SECRET, token)
    return client.generate_presigned_url(operation, Params=params, ExpiresIn=60)


def request_of(url: str, method: str = "GET") -> Request:
    parts = urlsplit(url)
    return Request(method, parts.path, parts.query, {"host": parts.netloc})


@pytest.mark.parametrize(
    ("operation", "method", "params"),
    [
        ("get_object", "GET", {"Bucket": "bucket", "Key": "a b/ü+%.txt"}),
        ("get_object", "GET", {"Bucket": "bucket", "Key": "k", "ResponseContentType": "text/a b"}),
        ("get_object", "GET", {"Bucket": "bucket", "Key": "k", "VersionId": "v1"}),
        ("put_object", "PUT", {"Bucket": "bucket", "Key": "k"}),
        ("upload_part", "PUT", {"Bucket": "bucket", "Key": "k", "UploadId": "u", "PartNumber": 1}),
    ],
)
def test_what_botocore_signed_verifies(operation: str, method: str, params: dict[str, str]) -> None:
    request = request_of(presign(operation, **params), method)
    signature = sigv2.read(request)
    assert signature is not None
    assert signature.access_key_id == KEY
    sigv2.verify(request, signature, SECRET, time.time(), request.path)


def test_a_session_token_is_part_of_it() -> None:
    request = request_of(presign("get_object", token="tok", Bucket="bucket", Key="k"))
    signature = sigv2.read(request)
    assert signature is not None
    assert signature.token == "tok"
    sigv2.verify(request, signature, SECRET, time.time(), request.path)


def test_another_key_secret_or_time_is_refused() -> None:
    request = request_of(presign("get_object", Bucket="bucket", Key="k"))
    signature = sigv2.read(request)
    assert signature is not None
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        sigv2.verify(request, signature, "other", time.time(), request.path)
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        sigv2.verify(request, signature, SECRET, time.time(), "/bucket/other")
    with pytest.raises(AwsError, match="Request has expired"):
        sigv2.verify(request, signature, SECRET, time.time() + 61, request.path)


def test_any_other_request_has_no_such_signature() -> None:
    assert sigv2.read(Request("GET", "/bucket/k", "versionId=1")) is None


def test_a_content_type_that_the_client_adds_by_itself_does_no_harm() -> None:
    request = request_of(presign("put_object", Bucket="bucket", Key="k"), "PUT")
    request.headers["content-type"] = "application/x-www-form-urlencoded"
    signature = sigv2.read(request)
    assert signature is not None
    sigv2.verify(request, signature, SECRET, time.time(), request.path)


def test_a_content_type_that_was_not_signed_is_refused() -> None:
    """Recorded: test_s3_put_presigned_url_with_different_headers[s3]."""
    request = request_of(presign("put_object", Bucket="bucket", Key="k"), "PUT")
    request.headers["content-type"] = "text/xml"
    signature = sigv2.read(request)
    assert signature is not None
    with pytest.raises(AwsError, match="SignatureDoesNotMatch") as refused:
        sigv2.verify(request, signature, SECRET, time.time(), request.path)
    said = refused.value.members
    assert (said["AWSAccessKeyId"], said["SignatureProvided"]) == (KEY, signature.signature)
    assert bytes.fromhex(said["StringToSignBytes"]).decode() == said["StringToSign"]


def test_when_it_expired_is_said_as_a_date() -> None:
    """Recorded: test_presigned_url_signature_authentication_expired[s3-False]."""
    request = request_of(presign("get_object", Bucket="bucket", Key="k"))
    signature = sigv2.read(request)
    assert signature is not None
    with pytest.raises(AwsError, match="Request has expired") as refused:
        sigv2.verify(request, signature, SECRET, signature.expires + 60, request.path)
    said = [
        datetime.strptime(refused.value.members[name], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        for name in ("Expires", "ServerTime")
    ]
    assert said == [signature.expires, signature.expires + 60]


@pytest.mark.parametrize("name", ["AWSAccessKeyId", "Signature", "Expires"])
def test_all_three_parameters_are_needed(name: str) -> None:
    """Authenticating requests using the REST API (S3 developer guide): query string parameters."""
    url = presign("get_object", Bucket="bucket", Key="k").replace(f"{name}=", f"x-{name}=")
    with pytest.raises(AwsError, match="requires the Signature, Expires and AWSAccessKeyId parameters"):
        sigv2.read(request_of(url))
