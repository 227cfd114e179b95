"""Requests signed by botocore and then sent as they are, so that a test may change them, or send them late."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.live import Live


@dataclass(frozen=True, slots=True)
class Signed:
    """One request, ready to be sent; `evolve` changes it after it was signed."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def evolve(self, **changes: Any) -> Signed:
        return replace(self, **changes)

    def send(self, live: Live) -> tuple[int, dict[str, str], bytes]:
        return live.raw(self.method, self.path, self.body, self.headers)


def signed(
    live: Live,
    service: str,
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    minutes_ago: float = 0.0,
    key: str = "",
    secret: str = "",
    token: str | None = None,
) -> Signed:
    """A request of the root of the first account, or of the owner of a given key."""
    root = live.identity
    request = AWSRequest(method, live.endpoint + path, data=body, headers=dict(headers or {}))
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    credentials = Credentials(key or root["access_key_id"], secret or root["secret_access_key"], token)
    then = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) - datetime.timedelta(minutes=minutes_ago)
    with mock.patch("botocore.auth.get_current_datetime", return_value=then):
        auth(credentials, service, "us-east-1").add_auth(request)
    sent = request.prepare()
    names = {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in sent.headers.items()}
    return Signed(method, path, names, body)


def target(name: str) -> dict[str, str]:
    """The headers of an awsJson 1.1 call."""
    return {"X-Amz-Target": name, "Content-Type": "application/x-amz-json-1.1"}
