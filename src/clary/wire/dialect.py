"""In which kind of protocol a request speaks, before its service is known. It may be wrong: only a signature tells whose
a request is."""

from __future__ import annotations

from typing import Literal

from clary.wire.http import Request

Dialect = Literal["json", "smithy-rpc-v2-cbor", "query", "rest"]

_FORM = "application/x-www-form-urlencoded"


def spoken(request: Request) -> Dialect:
    """Return what a request speaks by its headers, method and path."""
    headers = request.headers
    if "x-amz-target" in headers:
        return "json"
    if "smithy-protocol" in headers:
        return "smithy-rpc-v2-cbor"
    if request.method == "POST":
        return "query" if headers.get("content-type", "").startswith(_FORM) else "rest"
    if request.method == "GET" and request.path == "/" and "Action=" in request.query:
        return "query"
    return "rest"
