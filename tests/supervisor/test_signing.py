"""Signatures, against botocore's own signer."""

from __future__ import annotations

import hashlib
import time

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary_supervisor.signing import EMPTY, Key, path_of, query_of, sign

KEYS = ["plain.csv", "a b/ü+&=%~*'().csv", "x//y", "../up", "日本/å"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("token", ["", "to/ken+=="])
def test_a_get_is_signed_as_botocore_signs_it(key: str, token: str) -> None:
    _agrees("GET", key, {}, b"", token)


def test_a_query_is_signed_in_its_canonical_order() -> None:
    _agrees("GET", "", {"prefix": "a b/ü~", "list-type": "2", "continuation-token": "x+/="}, b"", "t")


def test_an_empty_parameter_keeps_its_equals_sign() -> None:
    _agrees("POST", "k", {"uploads": ""}, b"", "")


def test_a_body_is_signed_by_its_digest() -> None:
    _agrees("PUT", "k", {}, b"body", "")


def _agrees(method: str, key: str, query: dict[str, str], body: bytes, token: str) -> None:
    path, search = path_of("bucket", key), query_of(query)
    url = f"http://127.0.0.1:8080{path}" + (f"?{search}" if search else "")
    digest = hashlib.sha256(body).hexdigest() if body else EMPTY
    headers = sign(
        Key("AKID", "sec/ret", token),
        "eu-west-1",
        method,
        path,
        search,
        {"Host": "127.0.0.1:8080"},
        digest,
        time.time(),
    )
    request = AWSRequest(method=method, url=url, data=body)
    request.headers["Host"] = "127.0.0.1:8080"
    request.headers["x-amz-date"] = headers["x-amz-date"]
    request.headers["x-amz-content-sha256"] = digest
    if token:
        request.headers["x-amz-security-token"] = token
    request.context["timestamp"] = headers["x-amz-date"]
    request.context["payload_signing_enabled"] = True
    signer = S3SigV4Auth(Credentials("AKID", "sec/ret", token or None), "s3", "eu-west-1")
    text = signer.string_to_sign(request, signer.canonical_request(request))
    assert headers["Authorization"].endswith("Signature=" + signer.signature(text, request))
