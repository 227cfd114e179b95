"""Page tokens: signed values, so that only the platform can make them, for one operation of one account."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane.context import Context


def sign_token(ctx: Context, value: Any) -> str:
    """Return a JSON value as a token for this operation."""
    body = orjson.dumps(value)
    return base64.urlsafe_b64encode(_mac(ctx, body) + body).decode()


def read_token(ctx: Context, token: str) -> Any:
    """Return the value of a token. Raise ValidationException unless it was made for this operation."""
    try:
        raw = base64.urlsafe_b64decode(token.encode())
    except ValueError:
        raise bad_token() from None
    if len(raw) < 16 or not hmac.compare_digest(raw[:16], _mac(ctx, raw[16:])):
        raise bad_token()
    value = orjson.loads(raw[16:])
    return tuple(value) if isinstance(value, list) else value


def _mac(ctx: Context, body: bytes) -> bytes:
    key = ctx.platform.settings.token_key
    return hmac.digest(key, ctx.op.name.encode() + b"/" + ctx.scope.encode() + b"/" + body, hashlib.sha256)[
        :16
    ]


def bad_token() -> AwsError:
    """Return AWS's error for a token that it did not issue."""
    return validation("Invalid pagination token.")
