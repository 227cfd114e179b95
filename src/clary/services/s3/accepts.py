"""The members that each writing operation acts on. The service rejects every other member by name."""

from __future__ import annotations

from clary.plane import Members

_PAYER = "it is read with the headers of the request (request_payment.py), and ignored for other buckets"
_MFA = "it is for buckets with MFA delete, which no bucket has (mfa_delete.py)"
_CUSTOMER = " SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5"
_ENCRYPTION = f"{_CUSTOMER} SSEKMSKeyId SSEKMSEncryptionContext BucketKeyEnabled"
_SOURCE = _CUSTOMER.replace(" ", " CopySource")
_SELF = "a policy that locks out its author is accepted; the root user can always replace it"
_TOKEN = "Object Lock can be enabled on any bucket, for which AWS once gave out tokens"
_DESTINATIONS = "a configuration that names a destination is rejected"

ACCEPTS: dict[str, Members] = {
    "AbortMultipartUpload": Members(
        "Bucket Key UploadId ExpectedBucketOwner IfMatchInitiatedTime",
        {"RequestPayer": _PAYER},
    ),
    "CompleteMultipartUpload": Members(
        "Bucket Key MultipartUpload UploadId ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME "
        "ChecksumSHA1 ChecksumSHA256 ChecksumSHA512 ChecksumMD5 ChecksumXXHASH64 ChecksumXXHASH3 "
        "ChecksumXXHASH128 ChecksumType MpuObjectSize ExpectedBucketOwner IfMatch IfNoneMatch" + _CUSTOMER,
        {"RequestPayer": _PAYER},
    ),
    "CopyObject": Members(
        "ACL Bucket CacheControl ChecksumAlgorithm ContentDisposition ContentEncoding "
        "ContentLanguage ContentType CopySource CopySourceIfMatch CopySourceIfModifiedSince "
        "CopySourceIfNoneMatch CopySourceIfUnmodifiedSince Expires GrantFullControl GrantRead "
        "GrantReadACP GrantWriteACP IfMatch IfNoneMatch Key Metadata MetadataDirective "
        "TaggingDirective ServerSideEncryption StorageClass WebsiteRedirectLocation Tagging "
        "ExpectedBucketOwner ExpectedSourceBucketOwner ObjectLockMode ObjectLockRetainUntilDate "
        "ObjectLockLegalHoldStatus" + _ENCRYPTION + _SOURCE,
        {"RequestPayer": _PAYER},
    ),
    "CreateBucket": Members(
        "ACL Bucket CreateBucketConfiguration GrantFullControl GrantRead GrantReadACP GrantWrite "
        "GrantWriteACP ObjectLockEnabledForBucket ObjectOwnership",
    ),
    "CreateMultipartUpload": Members(
        "ACL Bucket CacheControl ContentDisposition ContentEncoding ContentLanguage ContentType "
        "Expires GrantFullControl GrantRead GrantReadACP GrantWriteACP Key Metadata "
        "ServerSideEncryption StorageClass WebsiteRedirectLocation Tagging ExpectedBucketOwner "
        "ChecksumAlgorithm ChecksumType ObjectLockMode ObjectLockRetainUntilDate "
        "ObjectLockLegalHoldStatus" + _ENCRYPTION,
        {"RequestPayer": _PAYER},
    ),
    "DeleteBucket": Members("Bucket ExpectedBucketOwner"),
    "DeleteBucketCors": Members("Bucket ExpectedBucketOwner"),
    "DeleteBucketEncryption": Members("Bucket ExpectedBucketOwner"),
    "DeleteBucketLifecycle": Members("Bucket ExpectedBucketOwner"),
    "DeleteBucketOwnershipControls": Members("Bucket ExpectedBucketOwner"),
    "DeleteBucketPolicy": Members("Bucket ExpectedBucketOwner"),
    "DeleteBucketTagging": Members("Bucket ExpectedBucketOwner"),
    "DeleteBucketWebsite": Members("Bucket ExpectedBucketOwner"),
    "DeleteObject": Members(
        "Bucket Key VersionId BypassGovernanceRetention ExpectedBucketOwner IfMatch "
        "IfMatchLastModifiedTime IfMatchSize",
        {"MFA": _MFA, "RequestPayer": _PAYER},
    ),
    "DeleteObjectTagging": Members("Bucket Key VersionId ExpectedBucketOwner"),
    "DeleteObjects": Members(
        "Bucket Delete BypassGovernanceRetention ExpectedBucketOwner ChecksumAlgorithm",
        {"MFA": _MFA, "RequestPayer": _PAYER},
    ),
    "DeletePublicAccessBlock": Members("Bucket ExpectedBucketOwner"),
    "PutBucketAcl": Members(
        "ACL AccessControlPolicy Bucket ContentMD5 ChecksumAlgorithm GrantFullControl GrantRead "
        "GrantReadACP GrantWrite GrantWriteACP ExpectedBucketOwner",
    ),
    "PutBucketCors": Members("Bucket CORSConfiguration ContentMD5 ChecksumAlgorithm ExpectedBucketOwner"),
    "PutBucketEncryption": Members(
        "Bucket ContentMD5 ChecksumAlgorithm ServerSideEncryptionConfiguration ExpectedBucketOwner",
    ),
    "PutBucketLifecycleConfiguration": Members(
        "Bucket LifecycleConfiguration ChecksumAlgorithm ExpectedBucketOwner TransitionDefaultMinimumObjectSize"
    ),
    "PutBucketNotificationConfiguration": Members(
        "Bucket NotificationConfiguration ExpectedBucketOwner",
        {"SkipDestinationValidation": _DESTINATIONS},
    ),
    "PutBucketOwnershipControls": Members(
        "Bucket ContentMD5 ExpectedBucketOwner OwnershipControls ChecksumAlgorithm"
    ),
    "PutBucketPolicy": Members(
        "Bucket ContentMD5 ChecksumAlgorithm Policy ExpectedBucketOwner",
        {"ConfirmRemoveSelfBucketAccess": _SELF},
    ),
    "PutBucketTagging": Members("Bucket ContentMD5 ChecksumAlgorithm Tagging ExpectedBucketOwner"),
    "PutBucketVersioning": Members(
        "Bucket ContentMD5 ChecksumAlgorithm VersioningConfiguration ExpectedBucketOwner MFA",
    ),
    "PutBucketRequestPayment": Members(
        "Bucket ContentMD5 ChecksumAlgorithm RequestPaymentConfiguration ExpectedBucketOwner"
    ),
    "PutBucketWebsite": Members(
        "Bucket ContentMD5 ChecksumAlgorithm WebsiteConfiguration ExpectedBucketOwner"
    ),
    "PutObject": Members(
        "ACL Body Bucket CacheControl ContentDisposition ContentEncoding ContentLanguage "
        "ContentLength ContentMD5 ContentType ChecksumAlgorithm ChecksumCRC32 ChecksumCRC32C "
        "ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 ChecksumSHA512 ChecksumMD5 "
        "ChecksumXXHASH64 ChecksumXXHASH3 ChecksumXXHASH128 Expires IfMatch IfNoneMatch "
        "GrantFullControl GrantRead GrantReadACP GrantWriteACP Key Metadata ServerSideEncryption "
        "StorageClass WebsiteRedirectLocation Tagging ExpectedBucketOwner ObjectLockMode "
        "ObjectLockRetainUntilDate ObjectLockLegalHoldStatus" + _ENCRYPTION,
        {"RequestPayer": _PAYER},
        refused="WriteOffsetBytes",
    ),
    "PutObjectAcl": Members(
        "ACL AccessControlPolicy Bucket ContentMD5 ChecksumAlgorithm GrantFullControl GrantRead "
        "GrantReadACP GrantWrite GrantWriteACP Key VersionId ExpectedBucketOwner",
        {"RequestPayer": _PAYER},
    ),
    "PutObjectLegalHold": Members(
        "Bucket Key VersionId LegalHold ContentMD5 ChecksumAlgorithm ExpectedBucketOwner",
        {"RequestPayer": _PAYER},
    ),
    "PutObjectLockConfiguration": Members(
        "Bucket ObjectLockConfiguration ContentMD5 ChecksumAlgorithm ExpectedBucketOwner",
        {"RequestPayer": _PAYER, "Token": _TOKEN},
    ),
    "PutObjectRetention": Members(
        "Bucket Key VersionId Retention BypassGovernanceRetention ContentMD5 ChecksumAlgorithm ExpectedBucketOwner",
        {"RequestPayer": _PAYER},
    ),
    "PutObjectTagging": Members(
        "Bucket Key VersionId ContentMD5 ChecksumAlgorithm Tagging ExpectedBucketOwner",
        {"RequestPayer": _PAYER},
    ),
    "PutPublicAccessBlock": Members(
        "Bucket ContentMD5 ChecksumAlgorithm PublicAccessBlockConfiguration ExpectedBucketOwner"
    ),
    "RestoreObject": Members(
        "Bucket Key VersionId RestoreRequest ChecksumAlgorithm ExpectedBucketOwner",
        {"RequestPayer": _PAYER},
    ),
    "UpdateObjectEncryption": Members(
        "Bucket Key VersionId ObjectEncryption ContentMD5 ChecksumAlgorithm ExpectedBucketOwner",
        {"RequestPayer": _PAYER},
    ),
    "UploadPart": Members(
        "Body Bucket ContentLength ContentMD5 ChecksumAlgorithm ChecksumCRC32 ChecksumCRC32C "
        "ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 ChecksumSHA512 ChecksumMD5 "
        "ChecksumXXHASH64 ChecksumXXHASH3 ChecksumXXHASH128 Key PartNumber UploadId "
        "ExpectedBucketOwner" + _CUSTOMER,
        {"RequestPayer": _PAYER},
    ),
    "UploadPartCopy": Members(
        "Bucket CopySource CopySourceIfMatch CopySourceIfModifiedSince CopySourceIfNoneMatch "
        "CopySourceIfUnmodifiedSince CopySourceRange Key PartNumber UploadId ExpectedBucketOwner "
        "ExpectedSourceBucketOwner" + _CUSTOMER + _SOURCE,
        {"RequestPayer": _PAYER},
    ),
}
