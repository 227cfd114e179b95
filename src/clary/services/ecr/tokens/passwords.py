"""The password in an authorization token: who asked for it, where and until when, signed by the platform. Nothing is stored.

It can be made by this platform alone and read by everybody who has it, who are the caller itself and its clients.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import zlib
from dataclasses import asdict
from typing import NamedTuple

import orjson

from clary.kernel import Caller

_LABEL = b"clary/ecr/password/"
_MAC = 32
_LONGEST = 48 << 10  # of a password, and of what it holds when it is unpacked


class Pass(NamedTuple):
    """Who signs in, with a token of which region, until when (machine time)."""

    caller: Caller
    region: str
    until: float


def write(token_key: bytes, given: Pass) -> str:
    """Return the password that stands for this."""
    said = {"caller": asdict(given.caller), "region": given.region, "until": given.until}
    body = zlib.compress(orjson.dumps(said), 9)
    return base64.urlsafe_b64encode(_mac(token_key, body) + body).decode()


def read(token_key: bytes, password: str) -> Pass | None:
    """Return what a password stands for, None for one that this platform did not make."""
    try:
        raw = base64.urlsafe_b64decode(password[:_LONGEST].encode())
    except (ValueError, binascii.Error):
        return None
    mac, body = raw[:_MAC], raw[_MAC:]
    if len(mac) != _MAC or not hmac.compare_digest(mac, _mac(token_key, body)):
        return None
    said = orjson.loads(zlib.decompress(body))
    return Pass(Caller.restored(said["caller"]), said["region"], said["until"])


def _mac(token_key: bytes, body: bytes) -> bytes:
    return hmac.digest(token_key, _LABEL + body, hashlib.sha256)
