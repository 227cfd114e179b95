"""Encrypt, Decrypt and ReEncrypt.

Symmetric keys work on the event loop: it takes microseconds. RSA works in a thread.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Also, Context, Record
from clary.services.kms import errors, targets
from clary.services.kms.crypto import ciphertexts, rsa, usage
from clary.services.kms.key_specs import ENCRYPT, SYMMETRIC
from clary.services.kms.keys import noun
from clary.services.kms.service import kms

Params = dict[str, Any]
_ALGORITHMS = ("EncryptionAlgorithm", "SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm")


def _is_heavy(params: Params) -> bool:
    return any(params.get(name, SYMMETRIC) != SYMMETRIC for name in _ALGORITHMS)


def _decrypting(ctx: Context, params: Params, member: str = "KeyId") -> list[str]:
    """Return the key that is named, else the one that the ciphertext names."""
    if member in params:
        return [targets.arn_of(ctx, params[member])]
    return [ciphertexts.read_header(_blob(params)).named(ctx).arn(ctx.partition)]


def _from_source(ctx: Context, params: Params) -> list[str]:
    return _decrypting(ctx, params, "SourceKeyId")


@kms.operation(on=targets.on_key(), lane="read", heavy=_is_heavy)
def encrypt(ctx: Context, params: Params) -> Params:
    """Encrypt up to 4096 bytes: with AES-256-GCM, bound to the encryption context, or with RSA-OAEP."""
    key, algorithm = targets.key_of(ctx, params["KeyId"]), params.get("EncryptionAlgorithm", SYMMETRIC)
    context = usage.context_of(params, "EncryptionContext", algorithm)
    usage.require(ctx, key, params, ENCRYPT, algorithm)
    blob = _encrypted(ctx, key, params["Plaintext"], context, algorithm)
    return {"CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}


@kms.operation(on=_decrypting, lane="read", heavy=_is_heavy)
def decrypt(ctx: Context, params: Params) -> Params:
    """Return the plaintext of a ciphertext. Raise IncorrectKeyException where it is of another key than the one named."""
    algorithm = params.get("EncryptionAlgorithm", SYMMETRIC)
    key = _key_for(ctx, params, "KeyId", algorithm)
    context = usage.context_of(params, "EncryptionContext", algorithm)
    usage.require(ctx, key, params, ENCRYPT, algorithm)
    plaintext, material = _decrypted(ctx, key, _blob(params), context, algorithm)
    return {
        "Plaintext": plaintext,
        "KeyId": key.arn,
        "EncryptionAlgorithm": algorithm,
        **_id(material, "Key"),
    }


@kms.operation(
    on=_from_source,
    action="ReEncryptFrom",
    also=(Also("kms:ReEncryptTo", on=targets.on_key("DestinationKeyId")),),
    lane="read",
    heavy=_is_heavy,
)
def re_encrypt(ctx: Context, params: Params) -> Params:
    """Decrypt a ciphertext and encrypt it under another key, with nobody seeing the plaintext."""
    source_algorithm = params.get("SourceEncryptionAlgorithm", SYMMETRIC)
    algorithm = params.get("DestinationEncryptionAlgorithm", SYMMETRIC)
    source = _key_for(ctx, params, "SourceKeyId", source_algorithm)
    key = targets.key_of(ctx, params["DestinationKeyId"])
    read_with = usage.context_of(params, "SourceEncryptionContext", source_algorithm)
    write_with = usage.context_of(params, "DestinationEncryptionContext", algorithm)
    usage.require(ctx, source, {**params, "DryRun": False}, ENCRYPT, source_algorithm)
    usage.require(ctx, key, params, ENCRYPT, algorithm)
    plaintext, material = _decrypted(ctx, source, _blob(params), read_with, source_algorithm)
    return {
        "CiphertextBlob": _encrypted(ctx, key, plaintext, write_with, algorithm),
        "SourceKeyId": source.arn,
        "KeyId": key.arn,
        "SourceEncryptionAlgorithm": source_algorithm,
        "DestinationEncryptionAlgorithm": algorithm,
        **_id(material, "SourceKey"),
        **_id(key.private["material"] if algorithm == SYMMETRIC else "", "DestinationKey"),
    }


def _key_for(ctx: Context, params: Params, member: str, algorithm: str) -> Record:
    """Return the key that a ciphertext is to be decrypted with."""
    if algorithm != SYMMETRIC and member in params:
        return targets.key_of(ctx, params[member])
    named = ciphertexts.read_header(_blob(params)).named(ctx)
    if member in params:
        key = targets.key_of(ctx, params[member])
        if (noun.account_of(key), key.id) != (named.account, named.id):
            raise errors.incorrect_key()
        return key
    found = noun.find(ctx.tx, named)
    if found is None:
        raise errors.invalid_ciphertext()
    return found


def _blob(params: Params) -> bytes:
    """Return the ciphertext. Raise InvalidCiphertextException where there is none."""
    if "CiphertextBlob" not in params:
        raise errors.invalid_ciphertext()
    return params["CiphertextBlob"]


def _encrypted(ctx: Context, key: Record, message: bytes, context: Any, algorithm: str) -> bytes:
    if algorithm == SYMMETRIC:
        return ciphertexts.encrypt(ctx, key, message, context)
    return rsa.encrypt(key, message, algorithm)


def _decrypted(ctx: Context, key: Record, blob: bytes, context: Any, algorithm: str) -> tuple[bytes, str]:
    if algorithm == SYMMETRIC:
        return ciphertexts.decrypt(ctx, key, blob, context)
    return rsa.decrypt(ctx, key, blob, algorithm), ""


def _id(material: str, prefix: str) -> Params:
    return {f"{prefix}MaterialId": material} if material else {}
