"""Requests that botocore signs, and the verdict on them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.kernel import AwsError
from clary.wire import Request, sigv4
from clary.wire.signed import read

NOW = 1_795_234_321.0  # 20261121T041201Z
BOTOCORES_NOW = datetime.datetime(2026, 11, 21, 4, 12, 1)
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
BUCKET_KEY = "http://localhost:4566/bucket/key"


def by_botocore(
    auth: type[Any],
    service: str,
    method: str = "GET",
    url: str = BUCKET_KEY,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    token: str | None = None,
    **options: Any,
) -> Request:
    """A request as botocore signs and then sends it."""
    made = AWSRequest(method, url, dict(headers or {}), body)
    auth(Credentials("AKID", SECRET, token), service, "us-east-1", **options).add_auth(made)
    sent = made.prepare()
    path, _, query = sent.url.split("localhost:4566", 1)[1].partition("?")
    given_headers = {name.lower(): _text(value) for name, value in sent.headers.items()}
    return Request(method, path, query, {"host": "localhost:4566", **given_headers}, body)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def verify(request: Request, now: float = NOW, secret: str = SECRET) -> sigv4.Signature:
    signature = read(request, "off")
    assert signature is not None
    sigv4.verify(request, signature, secret, now)
    return signature


def refusal(request: Request, now: float = NOW, secret: str = SECRET) -> AwsError:
    with pytest.raises(AwsError) as caught:
        verify(request, now, secret)
    return caught.value
