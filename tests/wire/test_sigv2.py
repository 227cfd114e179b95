"""Signature Version 2, as botocore makes it: presigned URLs, and the Authorization header."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore import xform_name
from botocore.auth import HmacV1Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from clary.kernel import AwsError
from clary.wire import Request, Router, load, signed, sigv2, source
from clary.wire.parse.query import pairs
from tests.support.clients import boto3_client

KEY, SECRET = "AKIAEXAMPLE", "secret"
ROUTER = Router([load("s3")])
# No client signs these. `list-type` chooses between two forms of one list, `x-id` only repeats an operation's name.
HARMLESS = {"list-type", "x-id"}


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


# What botocore's signer knows of sub-resources; what it does not, no client of its signs, and S3 must refuse.
KNOWN = set(HmacV1Auth.QSAOfInterest)
VALUES = {"Key": "a b/ü+%&=~.txt", "PartNumber": 1, "UploadId": "u/+= x"}


def presignable() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, method and parameters of every operation of S3 whose query string botocore signs whole."""
    for operation in load("s3").operations.values():
        needed = {
            name: operation.input_members[name] for name in getattr(operation.input, "required_members", ())
        }
        places = {name: shape.serialization.get("location") for name, shape in needed.items()}
        in_query = {
            needed[n].serialization.get("name", n) for n, place in places.items() if place == "querystring"
        }
        constants = {name for name, _ in pairs(operation.uri.partition("?")[2])} - HARMLESS
        if (in_query | constants) <= KNOWN and set(places.values()) <= {"uri", "querystring"}:
            yield operation.name, operation.method, {name: VALUES.get(name, "bucket") for name in needed}


@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize(("operation", "method", "params"), list(presignable()))
def test_every_operation_that_botocore_signs_verifies(
    operation: str, method: str, params: dict[str, Any], style: str
) -> None:
    """Those on a bucket are signed as `/bucket/`, whatever path is sent: boto/boto3#4433, boto/boto3#3015."""
    client = boto3_client(
        "s3", "http://localhost:4566", KEY, SECRET, config=Config(s3={"addressing_style": style})
    )
    url = client.generate_presigned_url(xform_name(operation), Params=params)
    request = request_of(url, method)
    signature = sigv2.read(request)
    assert signature is not None
    path = ROUTER.bucket_in_path(request)
    sigv2.verify(request, signature, SECRET, time.time(), path)
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        sigv2.verify(request, signature, SECRET, time.time(), path + "x")
    request.query += "&acl" if "?acl" not in f"?{request.query}" else "&policy"
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        sigv2.verify(request, signature, SECRET, time.time(), path)


def test_a_bucket_is_itself_with_and_without_a_slash_and_nothing_else_is() -> None:
    request = request_of(presign("list_objects", Bucket="bucket"))
    signature = sigv2.read(request)
    assert signature is not None
    for path in ("/bucket", "/bucket/"):
        sigv2.verify(request, signature, SECRET, time.time(), path)
    for path in ("/", "//", "/bucket//", "/bucket/key", "/bucke"):
        with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
            sigv2.verify(request, signature, SECRET, time.time(), path)


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


# ------------------------------------------------------------------------------------------------- the whole model

S3 = load("s3")
CONSTANTS = {
    name: operation
    for operation in S3.operations.values()
    for name, _ in pairs(operation.uri.partition("?")[2])
}


def test_every_sub_resource_of_the_model_is_signed() -> None:
    """What is not signed, the holder of a URL may add: every constant of a route chooses another operation."""
    assert len(CONSTANTS) > 30
    assert CONSTANTS.keys() - sigv2.SIGNED - HARMLESS == set()
    assert CONSTANTS["list-type"].name == "ListObjectsV2"


def test_every_parameter_of_a_write_is_signed() -> None:
    """Lists leave theirs unsigned, as Version 2 always has: a prefix, a marker, how many."""
    unsigned = {
        (operation.name, member.serialization.get("name", name))
        for operation in S3.operations.values()
        if operation.method not in ("GET", "HEAD")
        for name, member in operation.input_members.items()
        if member.serialization.get("location") == "querystring"
    }
    assert {name for _, name in unsigned} - sigv2.SIGNED == set()


def test_what_changes_which_object_is_read_or_how_is_signed() -> None:
    reads = (
        "GetObject",
        "HeadObject",
        "GetObjectTagging",
        "GetObjectAcl",
        "GetObjectAttributes",
        "ListParts",
    )
    names = {
        member.serialization.get("name", name)
        for operation in reads
        for name, member in S3.operations[operation].input_members.items()
        if member.serialization.get("location") == "querystring"
    }
    assert names - sigv2.SIGNED == {"max-parts", "part-number-marker"}


def test_regions_are_botocores() -> None:
    partitions = source._load(source._DATA / "endpoints.json")["partitions"]  # type: ignore[index]
    found = set()
    for partition in partitions:
        s3 = partition["services"].get("s3", {})
        default = s3.get("defaults", {}).get("signatureVersions", [])
        for region in partition["regions"]:
            if "s3" in s3.get("endpoints", {}).get(region, {}).get("signatureVersions", default):
                found.add(region)
    assert found == sigv2.REGIONS


# ----------------------------------------------------------------------------------------------------- the header


def by_header(
    method: str = "GET", path: str = "/bucket/k", token: str | None = None, **headers: str
) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    made = AWSRequest(method, "http://127.0.0.1:4566" + path, named)
    HmacV1Auth(Credentials(KEY, SECRET, token)).add_auth(made)
    sent = {name.lower(): str(value) for name, value in made.headers.items()}
    path, _, query = path.partition("?")
    return Request(method, path, query, {"host": "127.0.0.1:4566", **sent})


@pytest.mark.parametrize(
    "request_",
    [
        by_header(),
        by_header("PUT", "/bucket/k", content_type="text/csv", content_md5="abc=="),
        by_header("PUT", "/bucket/k", x_amz_meta_b="2", x_amz_acl="private"),
        by_header("GET", "/bucket?uploads"),
        by_header("GET", "/bucket/k?versionId=a%2Fb&response-content-type=text%2Fcsv"),
        by_header("GET", "/bucket/k", token="tok"),
    ],
)
def test_what_botocore_signed_in_a_header_verifies(request_: Request) -> None:
    signature = signed.read(request_, "on")
    assert signature is not None
    assert (signature.access_key_id, signature.service, signature.place) == (KEY, "s3", "header")
    sigv2.verify(request_, signature, SECRET, signature.time, request_.path)
    for skew in (-901, 901):
        with pytest.raises(AwsError, match="RequestTimeTooSkewed"):
            sigv2.verify(request_, signature, SECRET, signature.time + skew, request_.path)
    request_.headers["x-amz-meta-more"] = "x"
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        sigv2.verify(request_, signature, SECRET, signature.time, request_.path)


def test_a_date_among_the_amz_headers_takes_the_place_of_date() -> None:
    """ "If you include the x-amz-date header, use the empty string for the Date when constructing the StringToSign"."""
    request = Request(
        "DELETE",
        "/awsexamplebucket1/photos/puppy.jpg",
        "",
        {
            "authorization": "AWS AKIAIOSFODNN7EXAMPLE:XbyTlbQdu9Xw5o8P4iMwPktxQd8=",
            "x-amz-date": "Tue, 27 Mar 2007 21:20:26 +0000",
        },
    )
    signature = signed.read(request, "on")
    assert signature is not None
    assert signature.amz_date == "20070327T212026Z"
    text = sigv2.string_to_sign(request, signature, request.path, "")
    assert text == (
        "DELETE\n\n\n\nx-amz-date:Tue, 27 Mar 2007 21:20:26 +0000\n/awsexamplebucket1/photos/puppy.jpg"
    )


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"authorization": "AWS AKID", "date": "Tue, 27 Mar 2007 21:20:26 GMT"}, "InvalidArgument"),
        ({"authorization": "AWS AKID:", "date": "Tue, 27 Mar 2007 21:20:26 GMT"}, "InvalidArgument"),
        ({"authorization": "AWS AKID:sig"}, "AccessDenied"),
        ({"authorization": "AWS AKID:sig", "date": "yesterday"}, "AccessDenied"),
        ({"authorization": "AWS AKID:sig", "date": "9" * 400}, "AccessDenied"),
        ({"authorization": "AWS AKID:sig", "date": "Tue, 27 Mar 99999999999 21:20:26 GMT"}, "AccessDenied"),
    ],
)
def test_a_header_that_is_not_whole(headers: dict[str, str], code: str) -> None:
    with pytest.raises(AwsError, match=code):
        signed.read(Request("GET", "/b/k", "", headers), "on")


@pytest.mark.parametrize("version_2", ["off", "presigned"])
def test_a_header_is_taken_only_where_all_of_version_2_is(version_2: signed.Version2) -> None:
    with pytest.raises(AwsError, match="InvalidRequest"):
        signed.read(by_header(), version_2)
