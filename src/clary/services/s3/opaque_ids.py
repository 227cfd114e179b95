"""Version ids, upload ids and listing tokens: opaque to clients, checkable and ordered for us. Knows no row."""

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
    """A version id: 32 characters that carry `seq`, eight random bytes and a MAC, as only we can have made them."""
    body = seq.to_bytes(8, "big", signed=True) + bytes.fromhex(ctx.platform.ids.hex(16))
    return base64.b64encode(body + _mac(ctx, "version", body), _ALT).decode()


def seq_of_version(ctx: Context, version: str) -> int:
    """The `seq` of a version id that is not `null`. Raises InvalidArgument for one that we never gave out."""
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
    """An upload id for a key: hexadecimal, and later ones sort after earlier ones."""
    body = int(ctx.now * 1e6).to_bytes(8, "big") + bytes.fromhex(ctx.platform.ids.hex(16))
    return (body + _mac(ctx, f"upload/{key}", body)).hex()


def is_upload_of(ctx: Context, upload_id: str, key: str) -> bool:
    """Whether we gave out this upload id for this key, whatever became of the upload."""
    try:
        raw = bytes.fromhex(upload_id)
    except ValueError:
        return False
    return len(raw) == 24 and hmac.compare_digest(raw[16:], _mac(ctx, f"upload/{key}", raw[:16]))


def started(upload_id: str) -> int:
    """When an upload began: microseconds since the epoch."""
    return int(upload_id[:16], 16)


def token_of(position: str) -> str:
    """A continuation token: a position in a listing. Not secret: the caller may list what it points at."""
    return base64.urlsafe_b64encode(b"1" + position.encode()).decode()


def position_of(token: str) -> str:
    """The position that a token stands for. Raises InvalidArgument for what is no token of ours."""
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
