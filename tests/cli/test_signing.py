"""Our few signed requests against botocore's own signer, which is the oracle."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.cli.home import Identity
from clary.cli.signing import signed_headers

_IDENTITY = Identity("111122223333", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/_clary/status", b""),
        ("POST", "/_clary/accounts", b'{"a": 1}'),
        ("GET", "/_clary/events?wait=20&after=7&kind=b%3AB&kind=a%3AA", b""),
    ],
)
def test_the_signature_is_botocores(method: str, path: str, body: bytes) -> None:
    ours = signed_headers(_IDENTITY, method, "127.0.0.1:4566", path, body)
    signer = SigV4Auth(
        Credentials(_IDENTITY.access_key_id, _IDENTITY.secret_access_key), "clary", "us-east-1"
    )
    moment = ours["x-amz-date"]
    request = AWSRequest(
        method,
        f"http://127.0.0.1:4566{path}",
        data=body,
        headers={"x-amz-date": moment, "x-amz-content-sha256": ours["x-amz-content-sha256"]},
    )
    request.context["timestamp"] = moment
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signature = signer.signature(text, request)
    assert ours["authorization"].endswith(f"Signature={signature}")
    assert (
        f"Credential={_IDENTITY.access_key_id}/{moment[:8]}/us-east-1/clary/aws4_request"
        in ours["authorization"]
    )


def test_the_time_may_be_given() -> None:
    headers = signed_headers(_IDENTITY, "GET", "h", "/", b"", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert headers["x-amz-date"] == "20260102T030405Z"
