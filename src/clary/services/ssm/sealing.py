"""Values of SecureString parameters, which are stored as ciphertexts that only KMS can open, for those who may use the key.

A standard parameter is encrypted by KMS itself, an advanced one under a data key of its own; both are bound to the parameter's
ARN ("How AWS Systems Manager Parameter Store uses AWS KMS",
https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html).
"""

from __future__ import annotations

import base64
import struct
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.sealing import Damaged, seal, unseal

DEFAULT_KEY = "alias/aws/ssm"
_LENGTH = struct.Struct(">H")


def close(ctx: Context, key: str, tier: str, arn: str, value: str) -> str:
    """Return the ciphertext of a value, in Base64. Raise AccessDeniedException where the caller may not use the key, and
    InvalidKeyId where it cannot be used."""
    asked: dict[str, Any] = {"KeyId": key, "EncryptionContext": _context(arn)}
    if tier == "Standard":
        made = _asked(ctx, "Encrypt", asked | {"Plaintext": value.encode()})
        return base64.b64encode(made["CiphertextBlob"]).decode()
    made = _asked(ctx, "GenerateDataKey", asked | {"KeySpec": "AES_256"})
    data_key = made["CiphertextBlob"]
    sealed = seal(made["Plaintext"], value.encode(), arn.encode())
    return base64.b64encode(_LENGTH.pack(len(data_key)) + data_key + sealed).decode()


def open_(ctx: Context, tier: str, arn: str, closed: str) -> str:
    """Return the value of a ciphertext. Raise AccessDeniedException and InvalidKeyId."""
    blob = base64.b64decode(closed)
    asked = {"EncryptionContext": _context(arn)}
    if tier == "Standard":
        return _asked(ctx, "Decrypt", asked | {"CiphertextBlob": blob})["Plaintext"].decode()
    (length,) = _LENGTH.unpack_from(blob)
    data_key, sealed = blob[_LENGTH.size : _LENGTH.size + length], blob[_LENGTH.size + length :]
    made = _asked(ctx, "Decrypt", asked | {"CiphertextBlob": data_key})
    try:
        return unseal(made["Plaintext"], sealed, arn.encode()).decode()
    except Damaged:
        raise AwsError("InvalidKeyId", "The value of the parameter is damaged.") from None


def _context(arn: str) -> dict[str, str]:
    return {"PARAMETER_ARN": arn}


def _asked(ctx: Context, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Ask KMS as the caller, through Systems Manager. Refusals keep KMS's words; a key that cannot be used is InvalidKeyId."""
    try:
        return ctx.call("kms", operation, params, forwarded=True)
    except AwsError as error:
        if error.code.startswith("AccessDenied") or error.status >= 500:
            raise
        raise AwsError("InvalidKeyId", f"{error.message} ({error.code})") from None
