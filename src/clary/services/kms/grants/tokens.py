"""Grant tokens: a text that names a grant and that only the platform can make.

AWS uses them until a new grant is known everywhere. Here it is at once, so a token that is good changes nothing; one
that is not good is refused, as on AWS.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.kms.key_ids import Named, in_arn

_MAC = 16
_LABEL = b"kms/grant/"


def token_of(ctx: Context, named: Named, grant_id: str) -> str:
    """Return the token of a grant."""
    body = f"{named.arn(ctx.partition)} {grant_id}".encode()
    return base64.urlsafe_b64encode(_mac(ctx, body) + body).decode()


def read_token(ctx: Context, token: str) -> tuple[Named, str]:
    """Return the key and the id of the grant. Raise InvalidGrantTokenException."""
    try:
        raw = base64.urlsafe_b64decode(token.encode())
        arn, _, grant_id = raw[_MAC:].decode().partition(" ")
    except ValueError:
        raise _invalid() from None
    named = in_arn(arn)
    if named is None or not hmac.compare_digest(raw[:_MAC], _mac(ctx, raw[_MAC:])):
        raise _invalid()
    return named, grant_id


def check(ctx: Context, params: dict[str, Any]) -> None:
    """Raise InvalidGrantTokenException for a token in the request that the platform did not make."""
    for token in params.get("GrantTokens", ()):
        read_token(ctx, token)


def _mac(ctx: Context, body: bytes) -> bytes:
    return hmac.digest(ctx.platform.settings.token_key, _LABEL + body, hashlib.sha256)[:_MAC]


def _invalid() -> AwsError:
    return AwsError("InvalidGrantTokenException", "The grant token is not valid")
