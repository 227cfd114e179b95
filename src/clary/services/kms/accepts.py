"""The members that each writing operation acts on. The service rejects every other member by name.

`Recipient` is not among them: there are no Nitro enclaves. Nor is `CustomKeyStoreId`: there are no custom key stores.
"""

from __future__ import annotations

from clary.plane import Members

_DATA_KEY = "KeyId EncryptionContext KeySpec NumberOfBytes GrantTokens DryRun"
_PAIR = "KeyId EncryptionContext KeyPairSpec GrantTokens DryRun"

ACCEPTS: dict[str, Members] = {
    "CancelKeyDeletion": Members("KeyId"),
    "CreateAlias": Members("AliasName TargetKeyId"),
    "CreateGrant": Members(
        "KeyId GranteePrincipal GranteeServicePrincipal RetiringPrincipal RetiringServicePrincipal Operations"
        " Constraints GrantTokens Name DryRun"
    ),
    "CreateKey": Members(
        "Policy Description KeyUsage CustomerMasterKeySpec KeySpec Origin BypassPolicyLockoutSafetyCheck Tags MultiRegion"
    ),
    "Decrypt": Members("CiphertextBlob EncryptionContext GrantTokens KeyId EncryptionAlgorithm DryRun"),
    "DeleteAlias": Members("AliasName"),
    "DisableKey": Members("KeyId"),
    "EnableKey": Members("KeyId"),
    "Encrypt": Members("KeyId Plaintext EncryptionContext GrantTokens EncryptionAlgorithm DryRun"),
    "GenerateDataKey": Members(_DATA_KEY),
    "GenerateDataKeyPair": Members(_PAIR),
    "GenerateDataKeyPairWithoutPlaintext": Members(_PAIR),
    "GenerateDataKeyWithoutPlaintext": Members(_DATA_KEY),
    "GenerateRandom": Members("NumberOfBytes"),
    "PutKeyPolicy": Members("KeyId PolicyName Policy BypassPolicyLockoutSafetyCheck"),
    "ReEncrypt": Members(
        "CiphertextBlob SourceEncryptionContext SourceKeyId DestinationKeyId DestinationEncryptionContext"
        " SourceEncryptionAlgorithm DestinationEncryptionAlgorithm GrantTokens DryRun"
    ),
    "RetireGrant": Members("GrantToken KeyId GrantId DryRun"),
    "RevokeGrant": Members("KeyId GrantId DryRun"),
    "ScheduleKeyDeletion": Members("KeyId PendingWindowInDays"),
    "TagResource": Members("KeyId Tags"),
    "UntagResource": Members("KeyId TagKeys"),
    "UpdateAlias": Members("AliasName TargetKeyId"),
    "UpdateKeyDescription": Members("KeyId Description"),
}
