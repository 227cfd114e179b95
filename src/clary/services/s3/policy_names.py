"""The vocabulary of bucket policies: S3's actions and condition keys, and matching of action patterns.

Source: "Actions, resources, and condition keys for Amazon S3" (Service Authorization Reference).
"""

from __future__ import annotations

from functools import lru_cache

from clary.access.patterns import wildcard_regex

_ON_OBJECTS = """
    AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation DeleteObjectTagging DeleteObjectVersion
    DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention
    GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
    GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent ListMultipartUploadParts
    ListObjectAnnotations ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging
    PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateTags RestoreObject
    UpdateObjectEncryption
"""
_ON_BUCKETS = """
    CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket DeleteBucketMetadataTableConfiguration
    DeleteBucketOwnershipControls GetBucketAbac PutBucketAbac UpdateBucketMetadataAnnotationTableConfiguration
    UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration
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
# Actions on the account, access points, jobs and the like, which a bucket policy cannot be about.
_ON_OTHERS = """
    AssociateAccessGrantsIdentityCenter CreateAccessGrant CreateAccessGrantsInstance CreateAccessGrantsLocation
    CreateAccessPoint CreateAccessPointForObjectLambda CreateJob CreateMultiRegionAccessPoint CreateStorageLensGroup
    DeleteAccessGrant DeleteAccessGrantsInstance DeleteAccessGrantsInstanceResourcePolicy DeleteAccessGrantsLocation
    DeleteAccessPoint DeleteAccessPointForObjectLambda DeleteAccessPointPolicy DeleteAccessPointPolicyForObjectLambda
    DeleteJobTagging DeleteMultiRegionAccessPoint DeleteStorageLensConfiguration DeleteStorageLensConfigurationTagging
    DeleteStorageLensGroup DescribeJob DescribeMultiRegionAccessPointOperation DissociateAccessGrantsIdentityCenter
    GetAccessGrant GetAccessGrantsInstance GetAccessGrantsInstanceForPrefix GetAccessGrantsInstanceResourcePolicy
    GetAccessGrantsLocation GetAccessPoint GetAccessPointConfigurationForObjectLambda GetAccessPointForObjectLambda
    GetAccessPointPolicy GetAccessPointPolicyForObjectLambda GetAccessPointPolicyStatus
    GetAccessPointPolicyStatusForObjectLambda GetAccountPublicAccessBlock GetDataAccess GetJobTagging
    GetMultiRegionAccessPoint GetMultiRegionAccessPointPolicy GetMultiRegionAccessPointPolicyStatus
    GetMultiRegionAccessPointRoutes GetStorageLensConfiguration GetStorageLensConfigurationTagging
    GetStorageLensDashboard GetStorageLensGroup ListAccessGrants ListAccessGrantsInstances ListAccessGrantsLocations
    ListAccessPoints ListAccessPointsForObjectLambda ListAllMyBuckets ListCallerAccessGrants ListJobs
    ListMultiRegionAccessPoints ListStorageLensConfigurations ListStorageLensGroups
    PutAccessGrantsInstanceResourcePolicy PutAccessPointConfigurationForObjectLambda PutAccessPointPolicy
    PutAccessPointPolicyForObjectLambda PutAccessPointPublicAccessBlock PutAccountPublicAccessBlock PutJobTagging
    PutMultiRegionAccessPointPolicy PutStorageLensConfiguration PutStorageLensConfigurationTagging
    SubmitMultiRegionAccessPointRoutes UpdateAccessGrantsLocation UpdateJobPriority UpdateJobStatus
    UpdateStorageLensGroup
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
_ACTIONS = _OBJECT_ACTIONS | _BUCKET_ACTIONS | frozenset(_ON_OTHERS.lower().split())
_CONDITION_KEYS = frozenset(_KEYS.lower().split())
# Keys that only listings have. S3 accepts most other keys with any action; the condition is then never met.
_LISTING_KEYS = frozenset(("s3:prefix", "s3:delimiter", "s3:max-keys"))
_LISTING_ACTIONS = frozenset(("listbucket", "listbucketversions"))


@lru_cache(maxsize=1024)
def is_action(action: str) -> bool:
    """Return whether an action pattern (`s3:Get*`, `*`) matches at least one of S3's actions."""
    return bool(_matching(action, _ACTIONS))


@lru_cache(maxsize=1024)
def targets(action: str) -> tuple[bool, bool]:
    """Return whether an action pattern matches actions on buckets, and whether it matches actions on objects."""
    return bool(_matching(action, _BUCKET_ACTIONS)), bool(_matching(action, _OBJECT_ACTIONS))


def _matching(action: str, known: frozenset[str]) -> frozenset[str]:
    """Return the actions in `known` that a pattern matches."""
    name = "*" if action == "*" else action.partition(":")[2].lower()
    if not ("*" in name or "?" in name):
        return known & {name}
    fits = wildcard_regex(name).fullmatch
    return frozenset(filter(fits, known))


def applies(key: str, action: str) -> bool:
    """Return whether the condition key can be used with the action."""
    return key.lower() not in _LISTING_KEYS or bool(_matching(action, _LISTING_ACTIONS))


def is_condition_key(key: str) -> bool:
    """Return whether a bucket policy may use this key. Keys of other services are not checked."""
    prefix, colon, name = key.lower().partition(":")
    if prefix != "s3":
        return bool(prefix and colon and name)
    family, slash, tag = name.partition("/")
    return name in _CONDITION_KEYS or bool(family in _FAMILIES and slash and tag)
