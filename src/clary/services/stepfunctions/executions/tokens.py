"""Task tokens: they cannot be guessed, and those that this platform made can be told from others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

_RANDOM, _MAC = 48, 16


def make(key: bytes) -> str:
    """Return a new token."""
    body = secrets.token_bytes(_RANDOM)
    return base64.b64encode(body + _mac(key, body)).decode()


def is_one(key: bytes, token: str) -> bool:
    """Return whether this platform has made a token, also if its task is over."""
    try:
        raw = base64.b64decode(token, validate=True)
    except ValueError:
        return False
    return len(raw) == _RANDOM + _MAC and hmac.compare_digest(raw[_RANDOM:], _mac(key, raw[:_RANDOM]))


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"stepfunctions task " + body, hashlib.sha256)[:_MAC]
