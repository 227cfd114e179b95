"""Tokens of pages: any value, signed, so that only the platform can have made it, for one operation of one account."""

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
    """Any JSON value as a token that only the platform can have made, for this operation."""
    body = orjson.dumps(value)
    return base64.urlsafe_b64encode(_mac(ctx, body) + body).decode()


def read_token(ctx: Context, token: str) -> Any:
    """The value of a token. Raises ValidationException for one that was not given for this operation."""
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
    """What AWS answers to a token that it did not give."""
    return validation("Invalid pagination token.")
