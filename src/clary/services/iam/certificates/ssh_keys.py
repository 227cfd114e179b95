"""Parse SSH public keys and write them in both encodings. Knows no operation and no store."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from clary.services.iam import errors

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_LEAST_BITS = (
    2048  # API reference, UploadSSHPublicKey: "the minimum bit-length of the public key is 2048 bits"
)


def parse(body: str) -> RSAPublicKey:
    """Return the key of a text in ssh-rsa or PEM encoding. Raise UnrecognizedPublicKeyEncoding or InvalidPublicKey."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = _read(body.strip())
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _LEAST_BITS:
        raise _invalid(f"The public key must be an RSA key of at least {_LEAST_BITS} bits.")
    return key


def written(key: RSAPublicKey, encoding: str) -> str:
    """Return the key in the encoding `SSH` or `PEM`."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if encoding == "PEM":
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def fingerprint_of(key: RSAPublicKey) -> str:
    """Return the MD5 message digest of the key, as AWS shows it."""
    blob = base64.b64decode(written(key, "SSH").split()[1])
    return hashlib.md5(blob, usedforsecurity=False).digest().hex(":")


def _read(body: str) -> object:
    from cryptography.hazmat.primitives import serialization

    try:
        if body.startswith("ssh-"):
            return serialization.load_ssh_public_key(body.encode())
        if body.startswith("-----BEGIN"):
            return serialization.load_pem_public_key(body.encode())
    except Exception:  # the library raises many kinds for what it cannot read
        raise _invalid("The public key is malformed or otherwise invalid.") from None
    message = "The public key encoding format is unsupported or unrecognized."
    raise errors.AwsError("UnrecognizedPublicKeyEncoding", message)


def _invalid(message: str) -> errors.AwsError:
    return errors.AwsError("InvalidPublicKey", message)
