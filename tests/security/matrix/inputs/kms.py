"""KMS: keys by their ARNs, which a stranger can name as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


def _policy(w: World) -> Params:
    return {**the_key(w), "Policy": w.client("kms").get_key_policy(**the_key(w))["Policy"]}


_PAIR = {"KeyPairSpec": "ECC_NIST_P256"}
_DATA_KEY = {"KeySpec": "AES_256"}
CASES = {
    "CancelKeyDeletion": Case(leaving),
    "CreateAlias": Case(lambda w: {"AliasName": f"alias/{w.fresh()}", "TargetKeyId": the_key(w)["KeyId"]}),
    "CreateGrant": Case(plus(the_key, GranteePrincipal=_ROOT, Operations=["Encrypt"])),
    "CreateKey": Case(lambda w: {}, Outcome.OWN),
    "Decrypt": Case(ciphertext),
    "DeleteAlias": Case(alias, Outcome.MISSING),
    "DescribeKey": Case(the_key),
    "DisableKey": Case(key),
    "EnableKey": Case(the_key),
    "Encrypt": Case(plus(the_key, Plaintext=b"x")),
    "GenerateDataKey": Case(plus(the_key, **_DATA_KEY)),
    "GenerateDataKeyPair": Case(plus(the_key, **_PAIR)),
    "GenerateDataKeyPairWithoutPlaintext": Case(plus(the_key, **_PAIR)),
    "GenerateDataKeyWithoutPlaintext": Case(plus(the_key, **_DATA_KEY)),
    "GenerateRandom": Case(lambda w: {"NumberOfBytes": 8}, Outcome.OWN),
    "GetKeyPolicy": Case(the_key),
    "GetPublicKey": Case(rsa),
    "ListAliases": Case(lambda w: {}, Outcome.OWN),
    "ListGrants": Case(the_key),
    "ListKeyPolicies": Case(the_key),
    "ListKeys": Case(lambda w: {}, Outcome.OWN),
    "ListResourceTags": Case(the_key),
    "ListRetirableGrants": Case(lambda w: {"RetiringPrincipal": _ROOT}),
    "PutKeyPolicy": Case(_policy),
    "ReEncrypt": Case(
        lambda w: {**ciphertext(w), "DestinationKeyId": the_key(w)["KeyId"]}, action="ReEncryptFrom"
    ),
    "RetireGrant": Case(grant),
    "RevokeGrant": Case(grant),
    "ScheduleKeyDeletion": Case(key),
    "TagResource": Case(plus(the_key, Tags=[{"TagKey": "a", "TagValue": "b"}])),
    "UntagResource": Case(plus(key, TagKeys=["note"])),
    "UpdateAlias": Case(lambda w: {**alias(w), "TargetKeyId": the_key(w)["KeyId"]}),
    "UpdateKeyDescription": Case(plus(key, Description="other")),
}
