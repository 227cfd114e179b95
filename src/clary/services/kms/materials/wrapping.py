"""How imported material is wrapped: RSA-OAEP, or RSA-OAEP around an AES key that wraps it (RFC 5649). Knows no key record.

Source: "Select a wrapping public key spec" and "Select a wrapping algorithm" (KMS Developer Guide).
"""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane.sealing import Damaged
from clary.services.kms import errors
from clary.services.kms.key_specs import SPECS, Spec
from clary.services.kms.materials.secrets import new_secret

_SIZES = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}  # bits
_AES_WRAPS = ("RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256")


def new_pair(algorithm: str, spec: str) -> tuple[bytes, bytes]:
    """Return a private key (PKCS #8) and its public half (SubjectPublicKeyInfo), in DER. It takes up to seconds."""
    if spec not in _SIZES or algorithm == "SM2PKE":
        raise not_implemented("kms", f"GetParametersForImport with {algorithm} and {spec}")
    made = new_secret(SPECS[spec])
    return made.private, made.public


def check(algorithm: str, wrapping: str, spec: Spec) -> None:
    """Raise UnsupportedOperationException for an algorithm that cannot wrap this kind of material."""
    if (
        algorithm == "RSAES_PKCS1_V1_5"
    ):  # "As of October 10, 2023, AWS KMS does not support" it (API reference)
        raise errors.unsupported("The RSAES_PKCS1_V1_5 wrapping algorithm is not supported.")
    if algorithm in _AES_WRAPS:
        return
    too_long = spec.family == "rsa" or (spec.name == "ECC_NIST_P521" and wrapping == "RSA_2048")
    if too_long:
        raise errors.unsupported(
            f"{algorithm} with {wrapping} cannot wrap key material of key spec {spec.name}."
        )


def unwrapped(algorithm: str, private: Any, blob: bytes) -> bytes:
    """Return the material. Raise Damaged."""
    if algorithm not in _AES_WRAPS:
        return _oaep(private, blob, algorithm)
    size = private.key_size // 8
    wrapping_key = _oaep(private, blob[:size], algorithm)
    return _aes_unwrapped(wrapping_key, blob[size:])


def _oaep(private: Any, blob: bytes, algorithm: str) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    hash = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    try:
        return private.decrypt(blob, padding.OAEP(padding.MGF1(hash), hash, None))
    except ValueError:
        raise Damaged from None


def _aes_unwrapped(key: bytes, blob: bytes) -> bytes:
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding

    try:
        return aes_key_unwrap_with_padding(key, blob)
    except (InvalidUnwrap, ValueError):
        raise Damaged from None
