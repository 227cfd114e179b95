"""Version ids, upload ids and continuation tokens: opaque to clients, signed by the platform. Knows no row."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from clary.services.s3 import errors

if TYPE_CHECKING:
    from clary.plane import Context

NULL = "null"
_ALT = b"._"


def new_version(ctx: Context, seq: int) -> str:
    """Return a new version id: 32 characters that hold `seq`, eight random bytes and a MAC."""
    body = seq.to_bytes(8, "big", signed=True) + bytes.fromhex(ctx.platform.ids.hex(16))
    return base64.b64encode(body + _mac(ctx, "version", body), _ALT).decode()


def seq_of_version(ctx: Context, version: str) -> int:
    """Return the `seq` in a version id other than `null`. Raise InvalidArgument if this platform did not
    issue the id."""
    if not version:
        raise errors.invalid_argument("Version id cannot be the empty string", "versionId", version)
    try:
        raw = base64.b64decode(version.encode(), _ALT, validate=True)
    except ValueError:
        raise errors.invalid_version(version) from None
    if len(raw) != 24 or not hmac.compare_digest(raw[16:], _mac(ctx, "version", raw[:16])):
        raise errors.invalid_version(version)
    return int.from_bytes(raw[:8], "big", signed=True)


def new_upload(ctx: Context, key: str) -> str:
    """Return a new upload id for a key: hexadecimal, so that later ids sort after earlier ones."""
    body = int(ctx.now * 1e6).to_bytes(8, "big") + bytes.fromhex(ctx.platform.ids.hex(16))
    return (body + _mac(ctx, f"upload/{key}", body)).hex()


def is_upload_of(ctx: Context, upload_id: str, key: str) -> bool:
    """Return whether this platform issued the upload id for this key, whatever became of the upload."""
    try:
        raw = bytes.fromhex(upload_id)
    except ValueError:
        return False
    return len(raw) == 24 and hmac.compare_digest(raw[16:], _mac(ctx, f"upload/{key}", raw[:16]))


def started(upload_id: str) -> int:
    """Return when an upload began, in microseconds since the epoch."""
    return int(upload_id[:16], 16)


def token_of(position: str) -> str:
    """Return a continuation token. It holds a position in a listing, which is no secret: the caller may list
    it."""
    return base64.urlsafe_b64encode(b"1" + position.encode()).decode()


def position_of(token: str) -> str:
    """Return the position in a continuation token. Raise InvalidArgument if the token is malformed."""
    try:
        raw = base64.urlsafe_b64decode(token.encode())
        if raw[:1] == b"1":
            return raw[1:].decode()
    except ValueError:
        pass
    raise errors.invalid_argument("The continuation token provided is incorrect", "continuation-token")


def _mac(ctx: Context, purpose: str, body: bytes) -> bytes:
    key = ctx.platform.settings.token_key
    return hmac.digest(key, b"s3/" + purpose.encode() + b"/" + body, hashlib.sha256)[:8]
