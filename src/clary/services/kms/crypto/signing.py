"""Sign and Verify, in a thread: a signature of RSA_4096 takes milliseconds."""

from __future__ import annotations

import base64
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented
from clary.plane import Context, Record
from clary.services.kms import targets
from clary.services.kms.crypto import signers, usage
from clary.services.kms.key_specs import SIGN
from clary.services.kms.keys import noun
from clary.services.kms.materials import rows
from clary.services.kms.materials.secrets import loaded
from clary.services.kms.service import kms

Params = dict[str, Any]


@kms.operation(on=targets.on_key(), lane="heavy_read")
def sign(ctx: Context, params: Params) -> Params:
    """Return the signature of a message, of its digest, or of ML-DSA's external mu."""
    key, algorithm = _key(ctx, params), params["SigningAlgorithm"]
    family = noun.spec_of(key).family
    private = loaded(rows.current_secret(ctx, key))
    signature = signers.sign(family, private, algorithm, _kind(params), params["Message"])
    return {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": algorithm}


@kms.operation(on=targets.on_key(), lane="heavy_read")
def verify(ctx: Context, params: Params) -> Params:
    """Say that a signature is right; raise KMSInvalidSignatureException where it is not."""
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key, algorithm = _key(ctx, params), params["SigningAlgorithm"]
    public = load_der_public_key(base64.b64decode(key.private["public"]))
    family, signature = noun.spec_of(key).family, params["Signature"]
    if not signers.verify(family, public, algorithm, _kind(params), params["Message"], signature):
        raise AwsError("KMSInvalidSignatureException", "")
    return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}


def _key(ctx: Context, params: Params) -> Record:
    """Return the key, if it may be used and the message is one for its algorithm."""
    key, algorithm = targets.key_of(ctx, params["KeyId"]), params["SigningAlgorithm"]
    spec = noun.spec_of(key)
    if spec.family == "ed25519" and algorithm == "ED25519_PH_SHA_512":
        raise not_implemented("kms", f"{ctx.op.name} with SigningAlgorithm {algorithm}")
    usage.require(ctx, key, {**params, "DryRun": False}, SIGN, algorithm)
    signers.check(spec.family, spec.name, algorithm, _kind(params), params["Message"])
    usage.answer_dry_run(params)
    return key


def _kind(params: Params) -> str:
    return params.get("MessageType", signers.RAW)
