"""Signatures that lack a part, or have it twice, or in another form than AWS takes."""

from __future__ import annotations

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth

from clary.wire import Request
from clary.wire.signed import read
from tests.wire.signing import by_botocore, refusal, verify

pytestmark = pytest.mark.usefixtures("botocores_clock")


def authorized(header: str, **headers: str) -> Request:
    said = {"authorization": header, "x-amz-date": "20261121T041201Z"}
    return Request(
        "POST", "/", "", {**said, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )


def test_parts_that_are_missing_are_named() -> None:
    request = authorized("AWS4-HMAC-SHA256 Credential=a/20261121/r/s/aws4_request", x_amz_target="A.B")
    error = refusal(request)
    assert (error.code, error.status) == ("IncompleteSignatureException", 400)
    assert error.message.startswith(
        "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
        "(Hashed with SHA-256 and encoded with Base64) Authorization="
    )


@pytest.mark.parametrize(
    ("header", "headers", "code"),
    [
        ("AWS4-HMAC-SHA256 nonsense", {}, "AuthorizationHeaderMalformed"),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
            {},
            "AuthorizationHeaderMalformed",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
            {"x_amz_target": "A.B"},
            "IncompleteSignatureException",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/20200101/r/s3/aws4_request, SignedHeaders=host, Signature=0",
            {},
            "AuthorizationHeaderMalformed",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/20200101/r/sts/aws4_request, SignedHeaders=host, Signature=0",
            {"content_type": "application/x-www-form-urlencoded"},
            "SignatureDoesNotMatch",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/20261121/r/s3/aws4_request, SignedHeaders=host, Signature=0",
            {"x_amz_date": "yesterday"},
            "AccessDenied",
        ),
        ("AWS AKID:c2lnbmF0dXJl", {}, "InvalidRequest"),
        ("Basic dXNlcjpwYXNz", {}, "InvalidArgument"),
        ("nonsense", {}, "InvalidArgument"),
        ("Bearer token", {"x_amz_target": "A.B"}, "IncompleteSignatureException"),
        ("Bearer token", {"content_type": "application/x-www-form-urlencoded"}, "IncompleteSignature"),
    ],
)
def test_headers_that_are_refused(header: str, headers: dict[str, str], code: str) -> None:
    assert refusal(authorized(header, **headers)).code == code


def test_a_blank_in_an_access_key_leaves_a_piece_without_a_name() -> None:
    # boto3#2280 and aws-cli#4385: a copied key with white space, and what Query services and S3 said.
    header = "AWS4-HMAC-SHA256 Credential= a/20261121/r/iam/aws4_request, SignedHeaders=host, Signature=0"
    error = refusal(authorized(header, content_type="application/x-www-form-urlencoded"))
    assert error.code == "IncompleteSignature"
    assert error.message.startswith(
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed"
    )
    error = refusal(authorized(header.replace("iam", "s3")))
    assert (error.code, error.status) == ("AuthorizationHeaderMalformed", 400)
    assert error.message == (
        "The authorization header is malformed; the authorization header requires three components: Credential, "
        "SignedHeaders, and Signature."
    )


def test_white_space_parts_parameters_as_commas_do() -> None:
    request = by_botocore(SigV4Auth, "sagemaker", "POST", "http://localhost:4566/", b"{}")
    request.headers["authorization"] = request.headers["authorization"].replace(", ", ",")
    assert verify(request)
    request.headers["authorization"] = request.headers["authorization"].replace(",", "   ")
    assert verify(request)


def test_the_host_must_be_signed() -> None:
    request = by_botocore(
        SigV4Auth, "sagemaker", "POST", "http://localhost:4566/", b"{}", {"X-Amz-Target": "A.B"}
    )
    names = "SignedHeaders=host;x-amz-date;x-amz-target"
    assert names in request.headers["authorization"]
    request.headers["authorization"] = request.headers["authorization"].replace("=host;", "=")
    error = refusal(request)
    assert error.code == "InvalidSignatureException"
    assert error.message == "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    request = by_botocore(S3SigV4Auth, "s3")
    request.headers["authorization"] = request.headers["authorization"].replace("=host;", "=")
    assert refusal(request).members == {"HeadersNotSigned": "host"}


def test_s3_takes_one_signature() -> None:
    request = by_botocore(S3SigV4QueryAuth, "s3", expires=60)
    request.headers["authorization"] = by_botocore(S3SigV4Auth, "s3").headers["authorization"]
    error = refusal(request)
    assert error.code == "InvalidArgument"
    assert error.message.startswith(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter"
    )


def test_a_part_that_is_said_twice_is_none() -> None:
    request = by_botocore(SigV4Auth, "sagemaker", "POST", "http://localhost:4566/", b"{}")
    whole = request.headers["authorization"]
    for part in (
        "Credential=AKID/20261121/us-east-1/sagemaker/aws4_request",
        "SignedHeaders=host",
        "Signature=0",
    ):
        request.headers["authorization"] = whole.replace(" ", f" {part}, ", 1)
        assert refusal(request).code.startswith(("IncompleteSignature", "InvalidSignature"))
    request.headers["authorization"] = f"{whole},{whole}"  # a header that was sent twice
    assert refusal(request).code.startswith("IncompleteSignature")


def test_the_date_may_be_the_date_header() -> None:
    request = by_botocore(SigV4Auth, "lambda", "GET", "http://localhost:4566/x")
    request.headers["date"] = "Sat, 21 Nov 2026 04:12:01 GMT"
    del request.headers["x-amz-date"]
    signature = read(request)
    assert signature is not None
    assert signature.amz_date == "20261121T041201Z"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            ("X-Amz-SignedHeaders=host", ""),
            "Query-string authentication version 4 requires the X-Amz-Algorithm",
        ),
        (("X-Amz-Expires=60", "X-Amz-Expires=soon"), "X-Amz-Expires should be a number"),
        (("X-Amz-Expires=60", "X-Amz-Expires=-1"), "X-Amz-Expires must be non-negative"),
        (("X-Amz-Expires=60", "X-Amz-Expires=--5"), "X-Amz-Expires should be a number"),
        (("X-Amz-Expires=60", "X-Amz-Expires=" + "9" * 5000), "X-Amz-Expires must be less than a week"),
        (("X-Amz-Expires=60", "X-Amz-Expires=604801"), "X-Amz-Expires must be less than a week"),
        (("%2Faws4_request", ""), "Error parsing the X-Amz-Credential parameter"),
    ],
)
def test_presigned_urls_that_are_refused(change: tuple[str, str], sentence: str) -> None:
    request = by_botocore(S3SigV4QueryAuth, "s3", expires=60)
    request.query = request.query.replace(*change)
    error = refusal(request)
    assert (error.code, error.status) == ("AuthorizationQueryParametersError", 400)
    assert error.message.startswith(sentence)


def test_a_presigned_query_request_needs_its_parts_too() -> None:
    url = "http://localhost:4566/?Action=GetCallerIdentity&Version=2011-06-15"
    request = by_botocore(SigV4QueryAuth, "sts", "GET", url, expires=60)
    request.query = request.query.replace("X-Amz-SignedHeaders=host", "")
    error = refusal(request)
    assert error.code == "IncompleteSignature"
    assert error.message.startswith("AWS query-string parameters must include 'X-Amz-SignedHeaders'.")


def test_version_two_in_the_query_is_refused() -> None:
    request = Request("GET", "/b/k", "AWSAccessKeyId=A&Signature=s&Expires=1")
    error = refusal(request)
    assert error.code == "InvalidRequest"
    assert error.message == (
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    )
