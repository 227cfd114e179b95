"""Signature version 4 for S3 and for requests without a query, in sixty lines. Knows no connection and no clock: the time is given.

Source: AWS, "Signature Version 4 signing process"; S3 signs the path as it is sent, encoded once.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import quote

EMPTY = hashlib.sha256(b"").hexdigest()
_ALGORITHM = "AWS4-HMAC-SHA256"


class Key:
    """Credentials: id, secret, session token, and when they end (seconds since the epoch; None: never)."""

    __slots__ = ("ends", "id", "secret", "token")

    def __init__(self, id: str, secret: str, token: str = "", ends: float | None = None) -> None:
        self.id = id
        self.secret = secret
        self.token = token
        self.ends = ends


def path_of(bucket: str, key: str) -> str:
    """Return the encoded path of an object, path style."""
    return quote(f"/{bucket}/{key}" if key else f"/{bucket}", safe="/-_.~")


def query_of(params: dict[str, str]) -> str:
    """Return the encoded query in the order in which it is signed."""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in params.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def sign(
    key: Key,
    region: str,
    method: str,
    path: str,
    query: str,
    headers: dict[str, str],
    digest: str,
    now: float,
    service: str = "s3",
) -> dict[str, str]:
    """Return the headers of a request, with date, body digest and authorization. `headers` must hold Host;
    `path` and `query` are encoded already; `digest` is the hexadecimal SHA-256 of the body."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    all_headers = {**headers, "x-amz-date": stamp, "x-amz-content-sha256": digest}
    if key.token:
        all_headers["x-amz-security-token"] = key.token
    canonical = {name.lower(): " ".join(value.split()) for name, value in all_headers.items()}
    names = ";".join(sorted(canonical))
    lines = "".join(f"{name}:{canonical[name]}\n" for name in sorted(canonical))
    request = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{digest}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(_signing_key(key.secret, scope), text.encode(), hashlib.sha256).hexdigest()
    all_headers["Authorization"] = (
        f"{_ALGORITHM} Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return all_headers


def _signing_key(secret: str, scope: str) -> bytes:
    made = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        made = hmac.new(made, part.encode(), hashlib.sha256).digest()
    return made
