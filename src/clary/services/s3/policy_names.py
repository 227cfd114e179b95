"""The names that bucket policies are made of: S3's actions and condition keys. Data, and how a pattern fits it.

Source: "Actions, resources, and condition keys for Amazon S3" (Service Authorization Reference).
"""

from __future__ import annotations

from functools import lru_cache

from clary.access.text import wildcard_regex

_ON_OBJECTS = """
    AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion
    DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention
    GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
    GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent ListMultipartUploadParts
    ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging
    PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateTags RestoreObject
    UpdateObjectEncryption
"""
_ON_BUCKETS = """
    CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket DeleteBucketMetadataTableConfiguration
    DeleteBucketOwnershipControls DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration
    GetAnalyticsConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging
    GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration
    GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock
    GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration
    GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration
    GetReplicationConfiguration InitiateReplication ListBucket ListBucketMultipartUploads ListBucketVersions
    ListTagsForResource PauseReplication PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAcl
    PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration
    PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment
    PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
    PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration
    PutReplicationConfiguration TagResource UntagResource
"""
_KEYS = """
    AccessGrantsInstanceArn AccessPointNetworkOrigin authType DataAccessPointAccount DataAccessPointArn delimiter
    ExistingJobOperation ExistingJobPriority if-match if-none-match InventoryAccessibleOptionalFields
    JobSuspendedCause LocationConstraint max-keys object-lock-legal-hold object-lock-mode
    object-lock-remaining-retention-days object-lock-retain-until-date ObjectCreationOperation prefix
    RequestJobOperation RequestJobPriority RequestObjectTagKeys ResourceAccount signatureAge signatureversion
    TlsVersion VersionId x-amz-acl x-amz-content-sha256 x-amz-copy-source x-amz-grant-full-control
    x-amz-grant-read x-amz-grant-read-acp x-amz-grant-write x-amz-grant-write-acp x-amz-metadata-directive
    x-amz-object-ownership x-amz-server-side-encryption x-amz-server-side-encryption-aws-kms-key-id
    x-amz-server-side-encryption-customer-algorithm x-amz-storage-class x-amz-website-redirect-location
"""
_FAMILIES = ("accesspointtag", "buckettag", "existingobjecttag", "requestobjecttag")

_OBJECT_ACTIONS = frozenset(_ON_OBJECTS.lower().split())
_BUCKET_ACTIONS = frozenset(_ON_BUCKETS.lower().split())
_CONDITION_KEYS = frozenset(_KEYS.lower().split())


@lru_cache(maxsize=1024)
def reaches(action: str) -> tuple[bool, bool]:
    """Return whether an action pattern (`s3:Get*`, `*`) is about buckets, and whether it is about objects.

    A name that is not known is taken for either: "if the action later becomes supported" (S3 User Guide, Blocking
    public access) it must mean what its policy says.
    """
    if action == "*":
        return True, True
    name = action.partition(":")[2].lower()
    if not ("*" in name or "?" in name):
        known = name in _BUCKET_ACTIONS or name in _OBJECT_ACTIONS
        return not known or name in _BUCKET_ACTIONS, not known or name in _OBJECT_ACTIONS
    fits = wildcard_regex(name).fullmatch
    return any(map(fits, _BUCKET_ACTIONS)), any(map(fits, _OBJECT_ACTIONS))


def is_condition_key(key: str) -> bool:
    """Whether a bucket policy may ask for this key. Only S3's own are known here; any other service's is its own."""
    prefix, colon, name = key.lower().partition(":")
    if prefix != "s3":
        return bool(prefix and colon and name)
    family, slash, tag = name.partition("/")
    return name in _CONDITION_KEYS or bool(family in _FAMILIES and slash and tag)
