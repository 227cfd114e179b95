"""KMS's facts for access control: a key belongs to its account, and its policy must let everybody in.

An identity policy counts only where the key policy names the account ("Key policies in AWS KMS", Developer Guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Access, Context, Guard
from clary.services.kms import condition_keys, key_ids
from clary.services.kms.grants.judge import allowing
from clary.services.kms.keys import noun
from clary.services.kms.keys.default_policies import default_policy
from clary.services.kms.service import kms

# Operations that a key of another account can be used in ("Cross-account use: Yes" in the API reference).
_ACROSS_ACCOUNTS = frozenset(
    [
        "CreateGrant",
        "Decapsulate",
        "Decrypt",
        "DeriveSharedSecret",
        "DescribeKey",
        "Encapsulate",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetKeyRotationStatus",
        "GetPublicKey",
        "ListGrants",
        "ReEncrypt",
        "RetireGrant",
        "RevokeGrant",
        "Sign",
        "Verify",
        "VerifyMac",
    ]
)
_ON_KEYS = [
    "CancelKeyDeletion",
    "CreateAlias",
    "CreateGrant",
    "Decapsulate",
    "Decrypt",
    "DeleteAlias",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetKeyLastUsage",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListResourceTags",
    "PutKeyPolicy",
    "ReEncryptFrom",
    "ReEncryptTo",
    "ReplicateKey",
    "RetireGrant",
    "RevokeGrant",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "Sign",
    "SynchronizeMultiRegionKey",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
]
_CHANGES = ("Policy", "Grant", "Replicate", "CreateKey", "Alias")


def guard(ctx: Context, arn: str, params: Mapping[str, Any]) -> Guard:
    """Return the owner and the policy of a key.

    What does not exist in the caller's account is left to the account's policies, so that those who may ask are told so.
    Of another account's key that does not exist, or that it may not be used for this, nothing is said but no.
    """
    named = key_ids.in_arn(arn)
    if named is None:
        return Guard(None, default_policy(ctx.partition, ctx.account) if arn.endswith(":key/*") else None)
    own = named.account == ctx.caller.account
    if not own and ctx.op.service.name == "kms" and ctx.op.name not in _ACROSS_ACCOUNTS:
        return Guard(named.account)
    key = None if named.alias else noun.find(ctx.tx, named)
    if key is not None:
        return Guard(named.account, key.private["policy"])
    return Guard(named.account, default_policy(ctx.partition, named.account) if own else None)


def _of_ciphertext(action: str) -> str:
    """How a refusal names a key of another account, which may not exist."""
    decrypting = action in ("kms:Decrypt", "kms:ReEncryptFrom")
    return "the resource associated with this ciphertext" if decrypting else "this resource"


kms.access = Access(
    members=condition_keys.MEMBERS,
    keys=condition_keys.find,
    guard=guard,
    changes=lambda operation: any(word in operation for word in _CHANGES),
    gated={f"kms:{name}": ("alias",) if name.endswith("Alias") else () for name in _ON_KEYS},
    grants=allowing,
    conceals=_of_ciphertext,
)
