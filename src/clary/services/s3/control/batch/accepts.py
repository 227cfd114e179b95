"""The members of CreateJob that are acted on. Every other one is refused by name."""

from __future__ import annotations

from clary.plane import Members

_OWN = "AccountId ConfirmationRequired ClientRequestToken Description Priority RoleArn Tags"
_COPY = (
    "TargetResource CannedAccessControlList AccessControlGrants MetadataDirective ModifiedSinceConstraint "
    "NewObjectTagging RedirectLocation StorageClass UnModifiedSinceConstraint SSEAwsKmsKeyId TargetKeyPrefix "
    "ObjectLockLegalHoldStatus ObjectLockMode ObjectLockRetainUntilDate BucketKeyEnabled ChecksumAlgorithm"
)
_METADATA = (
    "CacheControl ContentDisposition ContentEncoding ContentLanguage UserMetadata ContentType HttpExpiresDate "
    "SSEAlgorithm"
)
_OTHERS = (
    "S3PutObjectAcl S3PutObjectTagging S3DeleteObjectTagging S3InitiateRestoreObject S3PutObjectLegalHold "
    "S3PutObjectRetention.BypassGovernanceRetention S3PutObjectRetention.Retention.RetainUntilDate "
    "S3PutObjectRetention.Retention.Mode S3ReplicateObject S3ComputeObjectChecksum S3UpdateObjectEncryption"
)
_OUTPUT = "ExpectedManifestBucketOwner Bucket ManifestPrefix ManifestEncryption ManifestFormat"
_FILTER = (
    "EligibleForReplication CreatedAfter CreatedBefore ObjectReplicationStatuses KeyNameConstraint "
    "ObjectSizeGreaterThanBytes ObjectSizeLessThanBytes MatchAnyStorageClass MatchAnyObjectEncryption"
)
_GENERATOR = "ManifestGenerator.S3JobManifestGenerator"
_PAYER = "what the platform reads for a job is paid by nobody"
_GONE = "it is of the objects themselves, and AWS says that the member has no effect"


def _below(path: str, names: str) -> list[str]:
    return [f"{path}.{name}" for name in names.split()]


CREATE = Members(
    [
        *_OWN.split(),
        *_below("Report", "Bucket Format Enabled Prefix ReportScope ExpectedBucketOwner"),
        *_below("Manifest", "Spec Location"),
        *_below("Operation.S3PutObjectCopy", _COPY),
        *_below("Operation.S3PutObjectCopy.NewObjectMetadata", _METADATA),
        *_below("Operation", _OTHERS),
        *_below(_GENERATOR, "ExpectedBucketOwner SourceBucket EnableManifestOutput"),
        *_below(f"{_GENERATOR}.ManifestOutputLocation", _OUTPUT),
        *_below(f"{_GENERATOR}.Filter", _FILTER),
    ],
    {
        "Operation.S3PutObjectCopy.RequesterPays": _PAYER,
        "Operation.S3PutObjectCopy.NewObjectMetadata.RequesterCharged": _PAYER,
        "Operation.S3PutObjectCopy.NewObjectMetadata.ContentLength": _GONE,
        "Operation.S3PutObjectCopy.NewObjectMetadata.ContentMD5": _GONE,
    },
)
