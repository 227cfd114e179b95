"""Requests that were signed by botocore and can be changed afterwards, without a socket."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.wire.parse import cbor
from tests.inprocess import ENDPOINT
from tests.security.matrix.callers import Caller
from tests.security.matrix.world import World

_CODE = re.compile(rb'<Code>(\w+)</Code>|"__type": ?"(?:[^"#]*#)?(\w+)')


@dataclass(frozen=True, slots=True)
class Sent:
    """`target` is path and query; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    def but(self, **changes: Any) -> Sent:
        return replace(self, **changes)

    def having(self, **headers: str | None) -> Sent:
        """With other headers (`x_amz_date`), without those that are None."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        merged = {**self.headers, **given}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})

    def asking(self, query: str) -> Sent:
        """With more parameters behind those that are there."""
        return replace(self, target=f"{self.target}{'&' if '?' in self.target else '?'}{query}")

    def changed(self, old: str, new: str) -> Sent:
        """With one text in the target replaced."""
        assert old in self.target, (old, self.target)
        return replace(self, target=self.target.replace(old, new, 1))

    def authorized(self, old: str, new: str) -> Sent:
        """With one pattern in the Authorization header replaced."""
        header, count = re.subn(old, new, self.headers["authorization"], count=1)
        assert count, (old, self.headers["authorization"])
        return self.having(authorization=header)

    def by(self, world: World) -> tuple[int, str, bytes]:
        """Send it: status, error code, body."""
        status, headers, body = world.send(self.method, ENDPOINT + self.target, self.headers, self.body)
        return status, _code(headers, body), body


def _code(headers: dict[str, str], body: bytes) -> str:
    if "cbor" in headers.get("content-type", ""):
        return cbor.loads(body).get("__type", "").rpartition("#")[2]
    if "x-amzn-errortype" in headers:
        return headers["x-amzn-errortype"]
    found = _CODE.search(body)
    return (found[1] or found[2]).decode() if found else ""


def by_header(
    caller: Caller,
    method: str,
    target: str,
    body: bytes = b"",
    service: str = "s3",
    headers: dict[str, str] | None = None,
) -> Sent:
    """Signed by an Authorization header of Version 4."""
    request = AWSRequest(method, ENDPOINT + target, data=body, headers=dict(headers or {}))
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    auth(_credentials(caller), service, "us-east-1").add_auth(request)
    said = {name.lower(): _text(value) for name, value in request.headers.items()}
    return Sent(method, target, {"host": urlsplit(ENDPOINT).netloc} | said, body)


def by_url(
    caller: Caller, method: str, target: str, body: bytes = b"", version: str = "4", expires: int = 600
) -> Sent:
    """Signed in the URL, as `generate_presigned_url` does."""
    request = AWSRequest(method, ENDPOINT + target)
    if version == "2":
        auth: Any = HmacV1QueryAuth(_credentials(caller), expires)
    else:
        auth = S3SigV4QueryAuth(_credentials(caller), "s3", "us-east-1", expires)
    auth.add_auth(request)
    parts = urlsplit(request.url)
    return Sent(method, f"{parts.path}?{parts.query}", {"host": parts.netloc}, body)


def _credentials(caller: Caller) -> Credentials:
    return Credentials(caller.key, caller.secret, caller.token)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
