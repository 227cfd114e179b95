"""Unique ids, access key ids and secrets in the forms that AWS gives them. Knows no table."""

from __future__ import annotations

import base64
import secrets

from clary.kernel import Ids

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
# IAM User Guide, "Understanding unique ID prefixes".
PREFIXES = {"user": "AIDA", "group": "AGPA", "role": "AROA", "policy": "ANPA", "instance-profile": "AIPA"}


def unique_id(kind: str, ids: Ids) -> str:
    """21 characters that name one entity for ever, whatever comes to bear its name later."""
    number = int(ids.hex(22), 16)
    return PREFIXES[kind] + "".join(_ALPHABET[number >> 5 * place & 31] for place in range(17))


def access_key_id(prefix: str, account: str) -> str:
    """`AKIA…` or `ASIA…`, 20 characters: base32 of the account number and 40 random bits, as AWS makes them, so that
    GetAccessKeyInfo and others' tools can read the account from it."""
    number = int(account) << 7 | secrets.randbits(7)
    return prefix + base64.b32encode(number.to_bytes(6, "big") + secrets.token_bytes(4)).decode()


def secret_key() -> str:
    """40 characters of base64."""
    return base64.b64encode(secrets.token_bytes(30)).decode()


def session_token() -> str:
    """A token that says nothing: the session is a row of ours."""
    return "FwoGZXIvYXdz" + base64.b64encode(secrets.token_bytes(120)).decode()
