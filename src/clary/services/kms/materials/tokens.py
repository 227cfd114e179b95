"""Import tokens: the private key that unwraps material, sealed, so that nothing has to be stored until it comes.

A token is good for one key, one algorithm and 24 hours of business time (API reference, GetParametersForImport).
"""

from __future__ import annotations

import base64
import json
from typing import NamedTuple

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.sealing import Damaged, NoSealingKey
from clary.services.kms.materials import vault

_BOUND = b"kms/import"
LIFE = 24 * 3600.0  # seconds


class Token(NamedTuple):
    """What an import token says: for which key, by which algorithm, until when, and with which private key (DER)."""

    arn: str
    algorithm: str
    until: float
    private: bytes


def written(ctx: Context, token: Token) -> bytes:
    """Return the token as bytes that the platform alone can read."""
    text = json.dumps([token.arn, token.algorithm, token.until, base64.b64encode(token.private).decode()])
    return vault.seal_text(ctx.platform.settings.sealing_key, text.encode(), _BOUND)


def read(ctx: Context, blob: bytes, arn: str) -> Token:
    """Return the token. Raise InvalidImportTokenException or ExpiredImportTokenException."""
    try:
        text = ctx.platform.settings.sealing_key.unseal(blob, _BOUND)
    except (Damaged, NoSealingKey):
        raise AwsError("InvalidImportTokenException", "The import token is not valid") from None
    key, algorithm, until, private = json.loads(text)
    if key != arn:
        raise AwsError("InvalidImportTokenException", "The import token is for another key")
    if until <= ctx.business.now:
        raise AwsError("ExpiredImportTokenException", "The import token has expired")
    return Token(key, algorithm, until, base64.b64decode(private))
