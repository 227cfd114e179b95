"""Signatures: what botocore signs is verified, what anybody changes is not."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel import AwsError
from clary.wire import Request, signed, sigv4
from tests.wire.signing import BUCKET_KEY, NOW, SECRET, by_botocore, refusal, verify

pytestmark = pytest.mark.usefixtures("botocores_clock")

# ------------------------------------------------------------------------------------- what botocore signs is good


@pytest.mark.parametrize(
    ("service", "method", "url", "body", "headers"),
    [
        ("sagemaker", "POST", "http://localhost:4566/", b'{"a": 1}', {"X-Amz-Target": "SageMaker.X"}),
        (
            "sagemaker",
            "POST",
            "http://localhost:4566/endpoints/a%20b/invocations",
            b"1,2",
            {"Accept": "text/csv"},
        ),
        ("lambda", "GET", "http://localhost:4566/2015-03-31/functions/arn%3Aaws%3Alambda", b"", {}),
        ("lambda", "GET", "http://localhost:4566/a//b/./c/../d/", b"", {}),
        ("sts", "POST", "http://localhost:4566/", b"Action=GetCallerIdentity&Version=2011-06-15", {}),
        ("iam", "GET", "http://localhost:4566/?Action=ListUsers&Version=2010-05-08&Empty=", b"", {}),
        ("logs", "POST", "http://localhost:4566/", b"{}", {"X-Spaces": "  a   b  "}),
    ],
)
def test_botocores_signatures(
    service: str, method: str, url: str, body: bytes, headers: dict[str, str]
) -> None:
    signature = verify(by_botocore(SigV4Auth, service, method, url, body, headers))
    assert (signature.access_key_id, signature.region, signature.service) == ("AKID", "us-east-1", service)
    assert signature.time == NOW
    assert not signature.presigned


@pytest.mark.parametrize(
    "key",
    [
        "plain",
        "a%20b",
        "a%2Fb/c",
        "%E6%BC%A2%F0%9F%98%80",
        "a+b%2Bc",
        "a//b/../c/.",
        "~tilde-_.",
        "%21%27%28%29%2A",
        "!'()*",
        "a=b&c@d:e,f;g",
        "",
    ],
)
@pytest.mark.parametrize(
    "query", ["", "uploads", "prefix=a%2Fb&list-type=2&empty=", "versionId=a&versionId=B", "x=%7E"]
)
def test_botocores_s3_signatures(key: str, query: str) -> None:
    url = f"http://localhost:4566/bucket/{key}" + (f"?{query}" if query else "")
    verify(by_botocore(S3SigV4Auth, "s3", "PUT", url, b"body", {"x-amz-meta-a": "b"}))


@given(
    st.text(min_size=1, max_size=30),
    st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=3),
)
def test_any_key_and_any_parameter(key: str, parameters: dict[str, str]) -> None:
    text = key.encode("utf-8", "replace").decode()
    pairs = {k.encode("utf-8", "replace"): v.encode("utf-8", "replace") for k, v in parameters.items()}
    query = urlencode(pairs, quote_via=quote, safe="-_.~")
    path = "/bucket/" + quote(text, safe="/-_.~")
    made = AWSRequest("GET", f"http://localhost:4566{path}" + (f"?{query}" if query else ""))
    S3SigV4Auth(Credentials("AKID", SECRET), "s3", "us-east-1").add_auth(made)
    headers = {name.lower(): str(value) for name, value in made.headers.items()}
    verify(Request("GET", path, query, {"host": "localhost:4566", **headers}))


def test_a_session_token_is_signed_too() -> None:
    request = by_botocore(SigV4Auth, "sagemaker", "POST", "http://localhost:4566/", b"{}", token="TOKEN")
    assert verify(request).token == "TOKEN"
    request.headers["x-amz-security-token"] = "OTHER"
    assert refusal(request).code == "InvalidSignatureException"


def test_a_header_in_another_alphabet() -> None:
    request = by_botocore(
        SigV4Auth, "sagemaker", "POST", "http://localhost:4566/", b"", {"X-Amz-Note": "漢字"}
    )
    request.headers["x-amz-note"] = "漢字".encode().decode("latin-1")  # as a server reads the bytes
    verify(request)


def test_a_presigned_url() -> None:
    request = by_botocore(
        S3SigV4QueryAuth, "s3", "GET", BUCKET_KEY + "?versionId=1", token="T/+=", expires=60
    )
    signature = verify(request)
    assert signature.presigned
    assert (signature.expires, signature.token, signature.payload_hash) == (60, "T/+=", "UNSIGNED-PAYLOAD")
    verify(request, NOW + 60)
    request.query = request.query.replace("versionId=1", "versionId=2")
    assert refusal(request).code == "SignatureDoesNotMatch"


def test_a_presigned_query_request() -> None:
    url = "http://localhost:4566/?Action=GetCallerIdentity&Version=2011-06-15"
    assert verify(by_botocore(SigV4QueryAuth, "sts", "GET", url)).service == "sts"


def test_a_body_still_to_come_is_looked_at_later() -> None:
    request = by_botocore(S3SigV4Auth, "s3", "PUT", BUCKET_KEY, b"body")

    async def body(content: bytes) -> AsyncIterator[bytes]:
        yield content[:2]
        yield content[2:]

    async def read(content: bytes) -> bytes:
        said = request.headers["x-amz-content-sha256"]
        return b"".join([part async for part in sigv4.hashed(body(content), said)])

    request.body = body(b"body")
    verify(request)
    assert asyncio.run(read(b"body")) == b"body"
    with pytest.raises(AwsError, match="XAmzContentSHA256Mismatch"):
        asyncio.run(read(b"BODY"))


def test_requests_without_a_signature() -> None:
    assert signed.read(Request("GET", "/bucket/key")) is None
    assert signed.read(Request("GET", "/bucket", "x-amz-meta-a=b")) is None


# ---------------------------------------------------------------------------------------------- what is not good


@pytest.mark.parametrize(
    ("what", "value"),
    [("method", "PUT"), ("path", "/bucket/other"), ("query", "acl"), ("body", b"other")],
)
def test_what_is_changed_is_noticed(what: str, value: Any) -> None:
    request = by_botocore(SigV4Auth, "lambda", "POST", BUCKET_KEY, b"body")
    setattr(request, what, value)
    error = refusal(request)
    assert (error.code, error.status) == ("InvalidSignatureException", 403)


@pytest.mark.parametrize("header", ["host", "x-amz-date", "x-amz-target"])
def test_a_signed_header_that_is_changed(header: str) -> None:
    request = by_botocore(
        SigV4Auth, "sagemaker", "POST", "http://localhost:4566/", b"{}", {"X-Amz-Target": "A.B"}
    )
    request.headers[header] = "20261121T041202Z"
    assert refusal(request).code == "InvalidSignatureException"


def test_another_secret_and_another_region() -> None:
    request = by_botocore(SigV4Auth, "sts", "POST", "http://localhost:4566/", b"Action=GetCallerIdentity")
    request.headers["content-type"] = "application/x-www-form-urlencoded"
    error = refusal(request, secret="other")
    assert (error.code, error.status) == ("SignatureDoesNotMatch", 403)
    assert error.message.startswith(
        "The request signature we calculated does not match the signature you provided."
    )
    request.headers["authorization"] = request.headers["authorization"].replace("us-east-1", "eu-west-1")
    assert refusal(request).code == "SignatureDoesNotMatch"


def test_s3_shows_its_working() -> None:
    # recorded/s3, test_presigned_url_signature_authentication
    error = refusal(by_botocore(S3SigV4Auth, "s3", "GET", BUCKET_KEY), secret="other")
    assert (error.code, error.status) == ("SignatureDoesNotMatch", 403)
    assert error.message == (
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method."
    )
    assert set(error.members) == {
        "AWSAccessKeyId",
        "StringToSign",
        "SignatureProvided",
        "StringToSignBytes",
        "CanonicalRequest",
        "CanonicalRequestBytes",
    }
    assert error.members["CanonicalRequest"].startswith("GET\n/bucket/key\n\nhost:localhost:4566\n")
    assert bytes.fromhex(error.members["StringToSignBytes"]).decode() == error.members["StringToSign"]


def test_s3_compares_the_body_with_what_was_signed() -> None:
    request = by_botocore(S3SigV4Auth, "s3", "PUT", BUCKET_KEY, b"body")
    request.body = b"other"
    error = refusal(request)
    assert (error.code, error.status) == ("XAmzContentSHA256Mismatch", 400)
    assert error.message == "The provided 'x-amz-content-sha256' header does not match what was computed."
    assert error.members["S3ComputedContentSHA256"] == hashlib.sha256(b"other").hexdigest()


@pytest.mark.parametrize(("said", "code"), [(None, "InvalidRequest"), ("nonsense", "InvalidArgument")])
def test_s3_wants_the_hash_of_the_body(said: str | None, code: str) -> None:
    request = by_botocore(S3SigV4Auth, "s3", "PUT", BUCKET_KEY, b"body")
    del request.headers["x-amz-content-sha256"]
    if said:
        request.headers["x-amz-content-sha256"] = said
    assert refusal(request).code == code


def test_s3_wants_every_amz_header_signed() -> None:
    # recorded/s3, test_put_url_metadata_with_sig_s3v4: HeadersNotSigned x-amz-meta-wrong
    request = by_botocore(S3SigV4QueryAuth, "s3", "PUT", BUCKET_KEY, expires=60)
    request.headers["x-amz-meta-wrong"] = "a"
    error = refusal(request)
    assert (error.code, error.status) == ("AccessDenied", 403)
    assert error.message == "There were headers present in the request which were not signed"
    assert error.members == {"HeadersNotSigned": "x-amz-meta-wrong"}


# ---------------------------------------------------------------------------------------------------------- time


def test_a_signature_expires() -> None:
    request = by_botocore(
        SigV4Auth, "sagemaker", "POST", "http://localhost:4566/", b"{}", {"X-Amz-Target": "A.B"}
    )
    verify(request, NOW + 900)
    error = refusal(request, NOW + 901)
    assert error.code == "InvalidSignatureException"
    assert error.message == (
        "Signature expired: 20261121T041201Z is now earlier than 20261121T041202Z (20261121T042702Z - 15 min.)"
    )
    error = refusal(request, NOW - 301)
    assert error.message == (
        "Signature not yet current: 20261121T041201Z is still later than 20261121T041200Z (20261121T040700Z + 5 min.)"
    )


@pytest.mark.parametrize("skew", [-901, 901])
def test_s3_says_that_the_clocks_differ(skew: int) -> None:
    error = refusal(by_botocore(S3SigV4Auth, "s3"), NOW + skew)
    assert (error.code, error.status) == ("RequestTimeTooSkewed", 403)
    assert error.message == "The difference between the request time and the current time is too large."
    assert error.members["MaxAllowedSkewMilliseconds"] == "900000"


def test_a_presigned_url_expires() -> None:
    # recorded/s3, test_presigned_url_signature_authentication_expired
    error = refusal(by_botocore(S3SigV4QueryAuth, "s3", expires=60), NOW + 61)
    assert (error.code, error.message, error.status) == ("AccessDenied", "Request has expired", 403)
    assert error.members == {
        "X-Amz-Expires": "60",
        "Expires": "2026-11-21T04:13:01Z",
        "ServerTime": "2026-11-21T04:13:02Z",
    }


@pytest.mark.parametrize("expires", [60, 3600])
def test_a_presigned_query_request_is_good_for_a_quarter_of_an_hour(expires: int) -> None:
    # aws-iam-authenticator, pkg/token: STS ignores X-Amz-Expires, a presigned GetCallerIdentity is valid for 15 minutes.
    url = "http://localhost:4566/?Action=GetCallerIdentity&Version=2011-06-15"
    request = by_botocore(SigV4QueryAuth, "sts", "GET", url, expires=expires)
    verify(request, NOW + 900)
    error = refusal(request, NOW + 901)
    assert (error.code, error.status) == ("SignatureDoesNotMatch", 403)
    assert error.message.startswith("Signature expired: 20261121T041201Z is now earlier than")
