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
    "Decapsulate": Members("KeyId SharedSecretCiphertextBlob EncapsulationAlgorithm GrantTokens DryRun"),
    "DeriveSharedSecret": Members("KeyId KeyAgreementAlgorithm PublicKey GrantTokens DryRun"),
    "DeleteImportedKeyMaterial": Members("KeyId KeyMaterialId"),
    "DisableKey": Members("KeyId"),
    "DisableKeyRotation": Members("KeyId"),
    "EnableKey": Members("KeyId"),
    "EnableKeyRotation": Members("KeyId RotationPeriodInDays"),
    "Encapsulate": Members("KeyId EncapsulationAlgorithm GrantTokens DryRun"),
    "Encrypt": Members("KeyId Plaintext EncryptionContext GrantTokens EncryptionAlgorithm DryRun"),
    "GenerateDataKey": Members(_DATA_KEY),
    "GenerateDataKeyPair": Members(_PAIR),
    "GenerateDataKeyPairWithoutPlaintext": Members(_PAIR),
    "GenerateDataKeyWithoutPlaintext": Members(_DATA_KEY),
    "GenerateMac": Members("Message KeyId MacAlgorithm GrantTokens DryRun"),
    "GenerateRandom": Members("NumberOfBytes"),
    "ImportKeyMaterial": Members(
        "KeyId ImportToken EncryptedKeyMaterial ValidTo ExpirationModel ImportType KeyMaterialDescription KeyMaterialId"
    ),
    "PutKeyPolicy": Members("KeyId PolicyName Policy BypassPolicyLockoutSafetyCheck"),
    "ReEncrypt": Members(
        "CiphertextBlob SourceEncryptionContext SourceKeyId DestinationKeyId DestinationEncryptionContext"
        " SourceEncryptionAlgorithm DestinationEncryptionAlgorithm GrantTokens DryRun"
    ),
    "ReplicateKey": Members("KeyId ReplicaRegion Policy BypassPolicyLockoutSafetyCheck Description Tags"),
    "RetireGrant": Members("GrantToken KeyId GrantId DryRun"),
    "RevokeGrant": Members("KeyId GrantId DryRun"),
    "RotateKeyOnDemand": Members("KeyId"),
    "ScheduleKeyDeletion": Members("KeyId PendingWindowInDays"),
    "Sign": Members("KeyId Message MessageType GrantTokens SigningAlgorithm DryRun"),
    "TagResource": Members("KeyId Tags"),
    "UntagResource": Members("KeyId TagKeys"),
    "UpdateAlias": Members("AliasName TargetKeyId"),
    "UpdateKeyDescription": Members("KeyId Description"),
    "UpdatePrimaryRegion": Members("KeyId PrimaryRegion"),
    "Verify": Members("KeyId Message MessageType Signature GrantTokens SigningAlgorithm DryRun"),
    "VerifyMac": Members("Message KeyId MacAlgorithm Mac GrantTokens DryRun"),
}
