"""New unique ids, access key ids, secrets and session tokens in AWS's formats. Knows no table."""

from __future__ import annotations

import base64
import secrets

from clary.kernel import Ids

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
# IAM User Guide, "Understanding unique ID prefixes". Those of identity providers are this platform's own.
PREFIXES = {
    "user": "AIDA",
    "group": "AGPA",
    "role": "AROA",
    "policy": "ANPA",
    "instance-profile": "AIPA",
    "server-certificate": "ASCA",
    "oidc-provider": "AOIDC",
    "saml-provider": "ASAML",
}


def unique_id(kind: str, ids: Ids) -> str:
    """Return 21 characters or more that identify one entity for ever, even if its name is used again later."""
    number = int(ids.hex(22), 16)
    return PREFIXES[kind] + "".join(_ALPHABET[number >> 5 * place & 31] for place in range(17))


def access_key_id(prefix: str, account: str) -> str:
    """Return an access key id of 20 characters, `AKIA…` or `ASIA…`.

    It is base32 of the account id and random bits. As AWS's ids do, it shows the account to
    GetAccessKeyInfo and to other tools.
    """
    number = int(account) << 7 | secrets.randbits(7)
    return prefix + base64.b32encode(number.to_bytes(6, "big") + secrets.token_bytes(4)).decode()


def secret_key() -> str:
    """Return 40 random characters of base64."""
    return base64.b64encode(secrets.token_bytes(30)).decode()


def session_token() -> str:
    """Return a random token. It holds no information: the session is stored."""
    return "FwoGZXIvYXdz" + base64.b64encode(secrets.token_bytes(120)).decode()
