"""GenerateDataKey, GenerateDataKeyWithoutPlaintext and their pairs, and GenerateRandom."""

from __future__ import annotations

import os
from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Record
from clary.services.kms import targets
from clary.services.kms.crypto import ciphertexts, usage
from clary.services.kms.key_specs import ENCRYPT, SPECS, SYMMETRIC
from clary.services.kms.materials.secrets import Secret, new_secret
from clary.services.kms.service import kms

Params = dict[str, Any]
_SIZES = {"AES_256": 32, "AES_128": 16}  # bytes


@kms.operation(on=targets.on_key(), lane="read")
def generate_data_key(ctx: Context, params: Params) -> Params:
    """Return random bytes in the clear and encrypted under a key, to encrypt data with."""
    return _data_key(ctx, params)


@kms.operation(on=targets.on_key(), lane="read")
def generate_data_key_without_plaintext(ctx: Context, params: Params) -> Params:
    """Return random bytes encrypted under a key."""
    made = _data_key(ctx, params)
    del made["Plaintext"]
    return made


@kms.operation(on=targets.on_key(), lane="heavy_read")
def generate_data_key_pair(ctx: Context, params: Params) -> Params:
    """Return a pair of asymmetric keys, the private one in the clear and encrypted under a key."""
    key, secret = _pair(ctx, params)
    return {**_shown_pair(ctx, params, key, secret), "PrivateKeyPlaintext": secret.private}


@kms.operation(on=targets.on_key(), lane="heavy_read")
def generate_data_key_pair_without_plaintext(ctx: Context, params: Params) -> Params:
    """Return a pair of asymmetric keys, the private one encrypted under a key."""
    key, secret = _pair(ctx, params)
    return _shown_pair(ctx, params, key, secret)


@kms.operation(lane="read")
def generate_random(ctx: Context, params: Params) -> Params:
    """Return up to 1024 random bytes."""
    if "NumberOfBytes" not in params:
        raise validation("NumberOfBytes is required.")
    return {"Plaintext": os.urandom(params["NumberOfBytes"])}


def _data_key(ctx: Context, params: Params) -> Params:
    size = _size(params)
    key = _wrapping_key(ctx, params)
    plaintext = os.urandom(size)
    blob = ciphertexts.encrypt(ctx, key, plaintext, params.get("EncryptionContext") or {})
    return {
        "CiphertextBlob": blob,
        "Plaintext": plaintext,
        "KeyId": key.arn,
        "KeyMaterialId": key.private["material"],
    }


def _size(params: Params) -> int:
    """Return how many bytes are asked for, in one of two ways."""
    if ("KeySpec" in params) == ("NumberOfBytes" in params):
        raise validation("Please specify either number of bytes or key spec.")
    return _SIZES[params["KeySpec"]] if "KeySpec" in params else params["NumberOfBytes"]


def _wrapping_key(ctx: Context, params: Params) -> Record:
    key = targets.key_of(ctx, params["KeyId"])
    usage.context_of(params, "EncryptionContext")
    usage.require(ctx, key, params, ENCRYPT, SYMMETRIC)
    return key


def _pair(ctx: Context, params: Params) -> tuple[Record, Secret]:
    name = params["KeyPairSpec"]
    if name not in SPECS:
        raise not_implemented("kms", f"{ctx.op.name} with KeyPairSpec {name}")
    return _wrapping_key(ctx, params), new_secret(SPECS[name])


def _shown_pair(ctx: Context, params: Params, key: Record, secret: Secret) -> Params:
    blob = ciphertexts.encrypt(ctx, key, secret.private, params.get("EncryptionContext") or {})
    return {
        "PrivateKeyCiphertextBlob": blob,
        "PublicKey": secret.public,
        "KeyId": key.arn,
        "KeyPairSpec": params["KeyPairSpec"],
        "KeyMaterialId": key.private["material"],
    }
