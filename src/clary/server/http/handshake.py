"""The opening handshake of a WebSocket, on the side of the server (RFC 6455, 4.2). Knows no frame."""

from __future__ import annotations

import base64
import binascii
import hashlib

from clary.kernel import AwsError
from clary.wire import Request

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_VERSION = "13"


def wants_websocket(request: Request) -> bool:
    """Tell whether a request asks for a WebSocket, in whatever way."""
    return "upgrade" in request.headers and "websocket" in _tokens(request, "upgrade")


def handshake(request: Request, subprotocols: tuple[str, ...]) -> tuple[list[tuple[str, str]], str | None]:
    """Return the headers of the 101 that accepts, and the subprotocol that both sides speak: the first of `subprotocols`
    that the client has, None where it asks for none or has none of them. No extension is agreed on: what is packed would
    have no bound.

    Raise BadRequest, or UpgradeRequired for another version.
    """
    key = request.headers.get("sec-websocket-key", "")
    whole = request.method == "GET" and "upgrade" in _tokens(request, "connection") and _is_key(key)
    bare = request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers
    if not whole or not bare:
        raise AwsError("BadRequestException", "This is not the beginning of a WebSocket.", 400)
    if request.headers.get("sec-websocket-version") != _VERSION:
        headers = {"upgrade": "websocket", "sec-websocket-version": _VERSION}
        raise AwsError("UpgradeRequiredException", "Only version 13 is spoken here.", 426, headers=headers)
    offered = [word.strip() for word in request.headers.get("sec-websocket-protocol", "").split(",")]
    chosen = next((one for one in subprotocols if one in offered), None)
    headers = [("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-accept", accept(key))]
    if chosen is not None:
        headers.append(("sec-websocket-protocol", chosen))
    return headers, chosen


def accept(key: str) -> str:
    """Return what proves that a server has read a client's key."""
    return base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode()).digest()).decode()


def _is_key(text: str) -> bool:
    """16 bytes in base64."""
    try:
        return len(base64.b64decode(text, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def _tokens(request: Request, name: str) -> list[str]:
    return [word.strip().lower() for word in request.headers.get(name, "").split(",")]
