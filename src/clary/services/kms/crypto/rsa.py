"""RSAES-OAEP with the keys of KMS (RFC 8017)."""

from __future__ import annotations

import base64
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.kms import errors
from clary.services.kms.keys.noun import spec_of
from clary.services.kms.materials import rows
from clary.services.kms.materials.secrets import loaded
from clary.store.api import Record

_HASHES = {"RSAES_OAEP_SHA_1": 20, "RSAES_OAEP_SHA_256": 32}  # bytes


def encrypt(key: Record, message: bytes, algorithm: str) -> bytes:
    """Return the ciphertext of a message. Raise ValidationException for one that is too long for the modulus."""
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    most = spec_of(key).size // 8 - 2 * _HASHES[algorithm] - 2
    if len(message) > most:
        raise validation(
            f"Algorithm {algorithm} and key spec {key.spec['KeySpec']} cannot encrypt data larger than {most} bytes."
        )
    public: Any = load_der_public_key(base64.b64decode(key.private["public"]))
    return public.encrypt(message, _padding(algorithm))


def decrypt(ctx: Context, key: Record, blob: bytes, algorithm: str) -> bytes:
    """Return the message. Raise InvalidCiphertextException."""
    try:
        return loaded(rows.current_secret(ctx, key)).decrypt(blob, _padding(algorithm))
    except ValueError:
        raise errors.invalid_ciphertext() from None


def _padding(algorithm: str) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    hash = hashes.SHA1() if algorithm == "RSAES_OAEP_SHA_1" else hashes.SHA256()
    return padding.OAEP(padding.MGF1(hash), hash, None)
