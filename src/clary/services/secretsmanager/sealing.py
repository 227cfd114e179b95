"""Values of versions: each is encrypted under a data key of its own, which KMS made for this caller and alone can open.

Source: "Secret encryption and decryption in AWS Secrets Manager"
(https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html).
"""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

from clary.kernel import AwsError
from clary.kernel.errors import access_denied
from clary.plane import Context
from clary.plane.sealing import Damaged, seal, unseal

DEFAULT_KEY = "alias/aws/secretsmanager"
_DENIED = ("AccessDeniedException", "AccessDenied")


class Sealed(NamedTuple):
    """A value as it is stored: the encrypted data key and what is encrypted under it, in Base64."""

    data_key: str
    text: str


def close(ctx: Context, secret: str, version: str, key: str, value: bytes) -> Sealed:
    """Return a value encrypted for a version of a secret. `key` is a KMS key, '' for the account's aws/secretsmanager.

    Raise AccessDeniedException where the caller may not use the key, EncryptionFailure where it cannot be used.
    """
    asked = {
        "KeyId": key or DEFAULT_KEY,
        "KeySpec": "AES_256",
        "EncryptionContext": _context(secret, version),
    }
    made = _asked(ctx, "GenerateDataKey", asked, "EncryptionFailure", "encrypt")
    text = seal(made["Plaintext"], value, _bound(secret, version))
    return Sealed(_text(made["CiphertextBlob"]), _text(text))


def open_(ctx: Context, secret: str, version: str, sealed: Sealed) -> bytes:
    """Return the value of a version. Raise AccessDeniedException and DecryptionFailure."""
    asked = {
        "CiphertextBlob": base64.b64decode(sealed.data_key),
        "EncryptionContext": _context(secret, version),
    }
    made = _asked(ctx, "Decrypt", asked, "DecryptionFailure", "decrypt")
    try:
        return unseal(made["Plaintext"], base64.b64decode(sealed.text), _bound(secret, version))
    except Damaged:
        raise _failure("DecryptionFailure", "decrypt") from None


def _asked(ctx: Context, operation: str, params: dict[str, Any], failure: str, verb: str) -> dict[str, Any]:
    """Ask KMS as the caller, through Secrets Manager, and answer for it in this service's words."""
    try:
        return ctx.call("kms", operation, params, forwarded=True)
    except AwsError as error:
        if error.code in _DENIED:
            raise access_denied("Access to KMS is not allowed") from None
        if error.status >= 500:
            raise
        raise _failure(failure, verb) from None


def _failure(code: str, verb: str) -> AwsError:
    """Return the error for a key that cannot be used (DecryptionFailure and EncryptionFailure, API reference)."""
    said = (
        f"Secrets Manager can't {verb} the protected secret text using the provided KMS key. Check that the KMS key is "
        "available, enabled, and not in an invalid state."
    )
    return AwsError(code, said)


def _context(secret: str, version: str) -> dict[str, str]:
    return {"SecretARN": secret, "SecretVersionId": version}


def _bound(secret: str, version: str) -> bytes:
    return f"{secret}\n{version}".encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
