"""The verification keys that an issuer publishes (RFC 7517, RFC 7518), read with bounds. Knows no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from clary.services.sts.federation.jws import Malformed, PublicKey, Token, decoded, is_signed_by

_MOST = 100  # keys of one kind (IAM User Guide, "Create an OpenID Connect identity provider")
_RSA_BITS = range(2048, 8193)
_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}


class Key(NamedTuple):
    """One key. `id` and `algorithm` are None where the issuer does not say them."""

    id: str | None
    algorithm: str | None
    public: PublicKey


def parse(document: bytes) -> tuple[Key, ...]:
    """Return the keys for signatures in a key set; those that cannot be used are left out, as the RFC says.

    Raise Malformed for what is no key set, and for more keys than AWS takes.
    """
    listed = _members(document).get("keys")
    if not isinstance(listed, list):
        raise Malformed("there is no list of keys")
    keys = [key for entry in listed[: 4 * _MOST] if isinstance(entry, dict) for key in _key(entry)]
    for kind in (rsa.RSAPublicKey, ec.EllipticCurvePublicKey):
        if sum(isinstance(key.public, kind) for key in keys) > _MOST:
            raise Malformed("there are too many keys")
    return tuple(keys)


def signer_of(token: Token, keys: tuple[Key, ...]) -> Key | None:
    """Return the key that signed a token, or None."""
    return next((key for key in candidates(token, keys) if is_signed_by(token, key.public)), None)


def candidates(token: Token, keys: tuple[Key, ...]) -> list[Key]:
    """Return the keys that a token may be signed by: of its key id, if it names one."""
    return [
        key for key in keys if key.algorithm in (None, token.algorithm) and token.key_id in (None, key.id)
    ][:_MOST]


def _members(document: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(document)
    except orjson.JSONDecodeError:
        raise Malformed("not JSON") from None
    if not isinstance(found, dict):
        raise Malformed("not a JSON object")
    return found


def _key(entry: Mapping[str, Any]) -> Iterator[Key]:
    read = _READERS.get(str(entry.get("kty")))
    if read is None or entry.get("use", "sig") != "sig":
        return
    try:
        public = read(entry)
    except (Malformed, ValueError, KeyError, TypeError):
        return
    yield Key(_text(entry.get("kid")), _text(entry.get("alg")), public)


def _rsa(entry: Mapping[str, Any]) -> PublicKey:
    modulus, exponent = _number(entry["n"]), _number(entry["e"])
    if modulus.bit_length() not in _RSA_BITS or exponent.bit_length() > 32:
        raise Malformed("the key has another size")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _elliptic(entry: Mapping[str, Any]) -> PublicKey:
    curve = _CURVES[entry["crv"]]
    return ec.EllipticCurvePublicNumbers(_number(entry["x"]), _number(entry["y"]), curve).public_key()


_READERS: dict[str, Callable[[Mapping[str, Any]], PublicKey]] = {"RSA": _rsa, "EC": _elliptic}


def _number(text: str) -> int:
    return int.from_bytes(decoded(text), "big")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
