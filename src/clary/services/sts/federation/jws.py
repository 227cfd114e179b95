"""Signed tokens (RFC 7515, RFC 7519): the compact form is taken apart strictly, and its signature checked with a key.

`cryptography` does the arithmetic. What is not a signature by one of six algorithms is refused, `none` and all symmetric
ones included; whatever else a header asks for is not done.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
_BASE64 = re.compile(r"[A-Za-z0-9_-]*")
_HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
_CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
ALGORITHMS = ("RS256", "RS384", "RS512", *_CURVES)


class Malformed(Exception):
    """A text is no signed token."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose signature is not yet checked. `signed` is what the signature is of."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        return self.header["alg"]

    @property
    def key_id(self) -> str | None:
        found = self.header.get("kid")
        return found if isinstance(found, str) else None


def parse(text: str) -> Token:
    """Return a token. Raise Malformed for another text."""
    parts = text.split(".")
    if len(parts) != 3:
        raise Malformed("a token has three parts")
    header, claims = _document(parts[0]), _document(parts[1])
    if header.get("alg") not in ALGORITHMS:
        raise Malformed("the algorithm is not supported")
    if "crit" in header or "b64" in header:  # extensions that must be understood (RFC 7515, 4.1.11)
        raise Malformed("the header asks for extensions")
    signed = f"{parts[0]}.{parts[1]}".encode("ascii")
    return Token(header, claims, signed, decoded(parts[2]))


def is_signed_by(token: Token, key: PublicKey) -> bool:
    """Return whether a key made the token's signature, by the algorithm that the token names."""
    digest = _HASHES[token.algorithm[2:]]()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if not token.algorithm.startswith("RS"):
                return False
            key.verify(token.signature, token.signed, padding.PKCS1v15(), digest)
        else:
            if _CURVES.get(token.algorithm) != key.curve.name:
                return False
            key.verify(_as_der(token.signature, key), token.signed, ec.ECDSA(digest))
    except (InvalidSignature, Malformed):
        return False
    return True


def decoded(text: str) -> bytes:
    """Return the bytes of a base64url text without padding. Raise Malformed."""
    if not _BASE64.fullmatch(text):
        raise Malformed("not base64url")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise Malformed("not base64url") from None


def _as_der(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a signature as `cryptography` takes it. A token has the two numbers one after the other."""
    size = (key.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise Malformed("the signature has another length")
    numbers = (int.from_bytes(part, "big") for part in (signature[:size], signature[size:]))
    return encode_dss_signature(*numbers)


def _document(text: str) -> dict[str, Any]:
    document = decoded(text)
    try:
        orjson.loads(document)  # which refuses halves of surrogate pairs, that no store or answer could hold
        found = json.loads(document, object_pairs_hook=_without_duplicates, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Malformed("not a JSON object") from None
    if not isinstance(found, dict):
        raise Malformed("not a JSON object")
    return found


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is given twice")
    return found


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")
