"""Requests of the root user, signed in every way that there is, and sent into the platform of this process."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import cbor2
import orjson
from botocore.auth import (
    HmacV1Auth,
    HmacV1QueryAuth,
    S3SigV4Auth,
    S3SigV4QueryAuth,
    SigV4Auth,
    SigV4QueryAuth,
)
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_CODE = re.compile(rb"<Code>([^<]*)</Code>")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request; `evolve` changes it after it was signed."""

    method: str = "POST"
    target: str = "/"  # path and query
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def evolve(self, **changes: Any) -> Sent:
        return replace(self, **changes)

    def with_headers(self, **headers: str) -> Sent:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **more})

    def send(self, app: InProcess) -> tuple[int, str]:
        """Status and error code of the answer; '' for none."""
        status, headers, body = app.request(self.method, ENDPOINT + self.target, self.headers, self.body)
        # What is served may be of any type, and has no code.
        return status, "" if status < 300 else code_of({name.lower(): v for name, v in headers}, body)


def code_of(headers: dict[str, str], body: bytes) -> str:
    """The error code of an answer, in whichever protocol."""
    kind = headers.get("content-type", "")
    if "xml" in kind:
        found = _CODE.search(body)
        return found[1].decode() if found else ""
    if "x-amzn-errortype" in headers:
        return headers["x-amzn-errortype"]
    said: Any = cbor2.loads(body) if "cbor" in kind else orjson.loads(body or b"{}")
    return str(said.get("__type", "")).rpartition("#")[2] if isinstance(said, dict) else ""


def signed(
    auth: type[Any], sent: Sent, service: str = "s3", region: str = "us-east-1", secret: str = "", **more: Any
) -> Sent:
    """The request as botocore's `auth` signs it."""
    made = AWSRequest(sent.method, ENDPOINT + sent.target, dict(sent.headers), sent.body)
    credentials = Credentials(more.pop("key", ROOT_KEY), secret or ROOT_SECRET, more.pop("token", None))
    version_2 = issubclass(auth, HmacV1Auth)
    auth(credentials, **more).add_auth(made) if version_2 else auth(
        credentials, service, region, **more
    ).add_auth(made)
    prepared = made.prepare()
    headers = {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in prepared.headers.items()}
    headers.pop("Content-Length", None)
    parts = urlsplit(prepared.url)
    return Sent(sent.method, parts.path + (f"?{parts.query}" if parts.query else ""), headers, sent.body)


def by_header(sent: Sent, service: str = "s3", **more: Any) -> Sent:
    return signed(S3SigV4Auth if service == "s3" else SigV4Auth, sent, service, **more)


def by_query(sent: Sent, service: str = "s3", **more: Any) -> Sent:
    """Presigned; the body is signed as well, but for S3."""
    made = signed(S3SigV4QueryAuth if service == "s3" else _presigned(sent.body), bare(sent), service, **more)
    return made.evolve(headers={**sent.headers, **made.headers}, body=sent.body)


def bare(sent: Sent) -> Sent:
    return replace(sent, body=b"")


def _presigned(body: bytes) -> type[SigV4QueryAuth]:
    """Botocore puts the body into the query string where it has one; here it stays a body."""

    class Presigned(SigV4QueryAuth):
        def payload(self, request: AWSRequest) -> str:
            return hashlib.sha256(body).hexdigest()

    return Presigned


class _Chunked(SigV4Auth):
    """Version 4 over a body in aws-chunked with unsigned chunks, whatever the service."""

    def payload(self, request: AWSRequest) -> str:
        return "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        super()._modify_request_before_signing(request)
        request.headers["X-Amz-Content-SHA256"] = self.payload(request)


def in_chunks(sent: Sent, service: str = "s3") -> Sent:
    framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(sent.body), sent.body) if sent.body else b"0\r\n\r\n"
    more = {"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": str(len(sent.body))}
    return signed(_Chunked, replace(sent, headers={**sent.headers, **more}, body=framed), service)


def by_version_2(sent: Sent) -> Sent:
    return signed(HmacV1Auth, sent)


def by_version_2_query(sent: Sent, expires: int = 600) -> Sent:
    return signed(HmacV1QueryAuth, sent, expires=expires)
