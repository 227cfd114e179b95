"""What a function answered as an HTTP response: its own status, headers and cookies, or its value as JSON."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

import orjson

from clary.wire import Response

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# What the connection says itself, and what only the platform may say.
_OURS = frozenset(
    ["connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "trailer", "date"]
)
Pairs = list[tuple[str, str]]


def response_of(payload: bytes) -> Response:
    """Return the response that a payload means."""
    try:
        said = orjson.loads(payload)
    except ValueError:
        return failed()
    if not isinstance(said, dict) or "statusCode" not in said:
        return Response(200, [("content-type", "application/json")], _plain(said, payload))
    head = head_of(said)
    body = _body(said)
    if head is None or body is None:
        return failed()
    status, headers = head
    return Response(status, headers, body)


def head_of(said: Mapping[str, Any]) -> tuple[int, Pairs] | None:
    """Return status and headers of an answer, None for one that makes no sense."""
    status = said.get("statusCode", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        return None
    headers = said.get("headers") or {}
    cookies = said.get("cookies") or []
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        return None
    pairs = [(str(name).lower(), _text(value)) for name, value in headers.items()]
    pairs += [("set-cookie", str(cookie)) for cookie in cookies]
    if not all(_NAME.fullmatch(name) and _is_line(value) for name, value in pairs):
        return None
    pairs = [(name, value) for name, value in pairs if name not in _OURS]
    if not any(name == "content-type" for name, _ in pairs):
        pairs.append(("content-type", "application/json"))
    return status, pairs


def failed() -> Response:
    """Return the answer to a request whose function failed."""
    return Response(502, [("content-type", "text/plain")], b"Internal Server Error")


def refused(status: int, said: Mapping[str, Any]) -> Response:
    """Return an answer that is not the function's."""
    return Response(status, [("content-type", "application/json")], orjson.dumps(dict(said)))


def _plain(said: Any, payload: bytes) -> bytes:
    return said.encode() if isinstance(said, str) else payload


def _body(said: Mapping[str, Any]) -> bytes | None:
    body = said.get("body")
    if body is None:
        return b""
    text = body if isinstance(body, str) else orjson.dumps(body).decode()
    if not said.get("isBase64Encoded"):
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _is_line(value: str) -> bool:
    return not any(letter in value for letter in "\r\n\0") and (value.isascii() or max(value) <= "\xff")
