"""DeriveSharedSecret (ECDH), and Encapsulate and Decapsulate (ML-KEM, FIPS 203)."""

from __future__ import annotations

import base64
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Record
from clary.services.kms import errors, targets
from clary.services.kms.crypto import usage
from clary.services.kms.key_specs import AGREE, ENCAPSULATE
from clary.services.kms.materials import rows
from clary.services.kms.materials.secrets import loaded
from clary.services.kms.service import kms

Params = dict[str, Any]


@kms.operation(on=targets.on_key(), lane="heavy_read")
def derive_shared_secret(ctx: Context, params: Params) -> Params:
    """Return the raw shared secret of a key and somebody's public key, which is a point of the same curve."""
    from cryptography.hazmat.primitives.asymmetric import ec

    key, algorithm = targets.key_of(ctx, params["KeyId"]), params["KeyAgreementAlgorithm"]
    usage.require(ctx, key, params, AGREE, algorithm)
    private = loaded(rows.current_secret(ctx, key))
    secret = private.exchange(ec.ECDH(), _point(params["PublicKey"], private.curve.name, key))
    return {
        "KeyId": key.arn,
        "SharedSecret": secret,
        "KeyAgreementAlgorithm": algorithm,
        "KeyOrigin": key.spec["Origin"],
    }


@kms.operation(on=targets.on_key(), lane="heavy_read")
def encapsulate(ctx: Context, params: Params) -> Params:
    """Return a new shared secret, and a ciphertext from which the key alone finds it."""
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key, algorithm = targets.key_of(ctx, params["KeyId"]), params["EncapsulationAlgorithm"]
    usage.require(ctx, key, params, ENCAPSULATE, algorithm)
    public: Any = load_der_public_key(base64.b64decode(key.private["public"]))
    secret, blob = public.encapsulate()
    return {
        "KeyId": key.arn,
        "SharedSecret": secret,
        "SharedSecretCiphertextBlob": blob,
        "EncapsulationAlgorithm": algorithm,
    }


@kms.operation(on=targets.on_key(), lane="heavy_read")
def decapsulate(ctx: Context, params: Params) -> Params:
    """Return the shared secret of a ciphertext. ML-KEM rejects a changed one by another secret, not by an error."""
    key, algorithm = targets.key_of(ctx, params["KeyId"]), params["EncapsulationAlgorithm"]
    usage.require(ctx, key, params, ENCAPSULATE, algorithm)
    try:
        secret = loaded(rows.current_secret(ctx, key)).decapsulate(params["SharedSecretCiphertextBlob"])
    except ValueError:
        raise errors.invalid_ciphertext() from None
    return {"KeyId": key.arn, "SharedSecret": secret, "EncapsulationAlgorithm": algorithm}


def _point(der: bytes, curve: str, key: Record) -> Any:
    """Return a public key in DER. Raise ValidationException unless it is a point of this curve."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        public = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        public = None
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != curve:
        raise validation(f"The public key is not valid for key spec {key.spec['KeySpec']}.")
    return public
