"""KMS: keys by their ARNs, which a stranger can name as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.conftest import ACCOUNT
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World

_ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def key(w: World, **more: Any) -> Params:
    """A new key whose description and tags are the owner's."""
    tags = [{"TagKey": "note", "TagValue": MARKER}]
    made = w.client("kms").create_key(Description=MARKER, Tags=tags, **more)
    return {"KeyId": made["KeyMetadata"]["Arn"]}


def the_key(w: World) -> Params:
    return w.once("key", key)


def plus(make: Callable[[World], Params], **more: Any) -> Callable[[World], Params]:
    return lambda w: {**make(w), **more}


def alias(w: World) -> Params:
    named = {"AliasName": f"alias/{w.fresh()}"}
    w.client("kms").create_alias(**named, TargetKeyId=the_key(w)["KeyId"])
    return named


def ciphertext(w: World) -> Params:
    return {
        "CiphertextBlob": w.client("kms").encrypt(**the_key(w), Plaintext=MARKER.encode())["CiphertextBlob"]
    }


def grant(w: World) -> Params:
    asked = {**the_key(w), "GranteePrincipal": _ROOT, "Operations": ["Encrypt"]}
    return {**the_key(w), "GrantId": w.client("kms").create_grant(**asked)["GrantId"]}


def leaving(w: World) -> Params:
    made = key(w)
    w.client("kms").schedule_key_deletion(**made)
    return made


def rsa(w: World) -> Params:
    return w.once("rsa", lambda w: key(w, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"))


def hmac(w: World) -> Params:
    return w.once("hmac", lambda w: key(w, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC"))


def agreeing(w: World) -> Params:
    return w.once("ecdh", lambda w: key(w, KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT"))


def kem(w: World) -> Params:
    return w.once("kem", lambda w: key(w, KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE"))


def public_key(w: World, make: Callable[[World], Params]) -> bytes:
    return w.client("kms").get_public_key(**make(w))["PublicKey"]


def capsule(w: World) -> Params:
    made = w.client("kms").encapsulate(**kem(w), **_ML_KEM)
    return {**kem(w), **_ML_KEM, "SharedSecretCiphertextBlob": made["SharedSecretCiphertextBlob"]}


def _policy(w: World) -> Params:
    return {**the_key(w), "Policy": w.client("kms").get_key_policy(**the_key(w))["Policy"]}


def regional(w: World) -> Params:
    return key(w, MultiRegion=True)


def _replicated(w: World) -> Params:
    """A key in two Regions, whose replica is to be the primary key."""
    made = regional(w)
    w.client("kms").replicate_key(**made, ReplicaRegion="eu-west-1")
    w.turn(2)
    return {**made, "PrimaryRegion": "eu-west-1"}


def external(w: World) -> Params:
    return w.once("external", lambda w: key(w, Origin="EXTERNAL"))


def _import(w: World) -> Params:
    """Wrapped material of a symmetric key, and its token."""
    made = key(w, Origin="EXTERNAL")
    given = w.client("kms").get_parameters_for_import(**made, **_WRAPPING)
    public: Any = load_der_public_key(given["PublicKey"])
    blob = public.encrypt(bytes(32), OAEP(MGF1(SHA256()), SHA256(), None))
    token = {"ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob}
    return {**made, **token, "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}


def _imported(w: World) -> Params:
    asked = _import(w)
    w.client("kms").import_key_material(**asked)
    return {"KeyId": asked["KeyId"]}


_WRAPPING = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
_PAIR = {"KeyPairSpec": "ECC_NIST_P256"}
_RSA = {"Message": b"x", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
_HMAC = {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}
_ECDH = {"KeyAgreementAlgorithm": "ECDH"}
_ML_KEM = {"EncapsulationAlgorithm": "ML_KEM"}
_DATA_KEY = {"KeySpec": "AES_256"}
CASES = {
    "CancelKeyDeletion": Case(leaving),
    "CreateAlias": Case(lambda w: {"AliasName": f"alias/{w.fresh()}", "TargetKeyId": the_key(w)["KeyId"]}),
    "CreateGrant": Case(plus(the_key, GranteePrincipal=_ROOT, Operations=["Encrypt"])),
    "CreateKey": Case(lambda w: {}, Outcome.OWN),
    "Decrypt": Case(ciphertext),
    "Decapsulate": Case(capsule),
    "DeleteAlias": Case(alias, Outcome.MISSING),
    "DeleteImportedKeyMaterial": Case(_imported),
    "DeriveSharedSecret": Case(lambda w: {**agreeing(w), **_ECDH, "PublicKey": public_key(w, agreeing)}),
    "DescribeKey": Case(the_key),
    "DisableKey": Case(key),
    "DisableKeyRotation": Case(key),
    "EnableKey": Case(the_key),
    "EnableKeyRotation": Case(key),
    "Encapsulate": Case(plus(kem, **_ML_KEM)),
    "Encrypt": Case(plus(the_key, Plaintext=b"x")),
    "GenerateDataKey": Case(plus(the_key, **_DATA_KEY)),
    "GenerateDataKeyPair": Case(plus(the_key, **_PAIR)),
    "GenerateDataKeyPairWithoutPlaintext": Case(plus(the_key, **_PAIR)),
    "GenerateDataKeyWithoutPlaintext": Case(plus(the_key, **_DATA_KEY)),
    "GenerateMac": Case(plus(hmac, **_HMAC)),
    "GenerateRandom": Case(lambda w: {"NumberOfBytes": 8}, Outcome.OWN),
    "GetKeyPolicy": Case(the_key),
    "GetKeyRotationStatus": Case(the_key),
    "GetParametersForImport": Case(plus(external, **_WRAPPING)),
    "GetPublicKey": Case(rsa),
    "ImportKeyMaterial": Case(_import),
    "ListAliases": Case(lambda w: {}, Outcome.OWN),
    "ListGrants": Case(the_key),
    "ListKeyPolicies": Case(the_key),
    "ListKeyRotations": Case(the_key),
    "ListKeys": Case(lambda w: {}, Outcome.OWN),
    "ListResourceTags": Case(the_key),
    "ListRetirableGrants": Case(lambda w: {"RetiringPrincipal": _ROOT}),
    "PutKeyPolicy": Case(_policy),
    "ReEncrypt": Case(
        lambda w: {**ciphertext(w), "DestinationKeyId": the_key(w)["KeyId"]}, action="ReEncryptFrom"
    ),
    "ReplicateKey": Case(plus(regional, ReplicaRegion="eu-west-1")),
    "RetireGrant": Case(grant),
    "RevokeGrant": Case(grant),
    "RotateKeyOnDemand": Case(key),
    "ScheduleKeyDeletion": Case(key),
    "Sign": Case(plus(rsa, **_RSA)),
    "TagResource": Case(plus(the_key, Tags=[{"TagKey": "a", "TagValue": "b"}])),
    "UntagResource": Case(plus(key, TagKeys=["note"])),
    "UpdateAlias": Case(lambda w: {**alias(w), "TargetKeyId": the_key(w)["KeyId"]}),
    "UpdateKeyDescription": Case(plus(key, Description="other")),
    "UpdatePrimaryRegion": Case(_replicated),
    "Verify": Case(
        lambda w: {**rsa(w), **_RSA, "Signature": w.client("kms").sign(**rsa(w), **_RSA)["Signature"]}
    ),
    "VerifyMac": Case(
        lambda w: {**hmac(w), **_HMAC, "Mac": w.client("kms").generate_mac(**hmac(w), **_HMAC)["Mac"]}
    ),
}
