"""The names that operations have in server access logs: REST, the method and the resource.

Source: "Server access log format" (S3 User Guide, Operation), and lines of AWS's logs that users show. Those that are not listed are
named after the sub-resource in the query.
"""

from __future__ import annotations

from collections.abc import Mapping

_OBJECTS = (
    "GetObject", "PutObject", "HeadObject", "DeleteObject",
)  # fmt: skip
_BUCKETS = ("CreateBucket", "DeleteBucket", "HeadBucket", "ListObjects", "ListObjectsV2")
_NAMED: Mapping[str, str] = {
    "CopyObject": "REST.COPY.OBJECT",
    "UploadPartCopy": "REST.COPY.PART",
    "UploadPart": "REST.PUT.PART",
    "CreateMultipartUpload": "REST.POST.UPLOADS",
    "CompleteMultipartUpload": "REST.POST.UPLOAD",
    "AbortMultipartUpload": "REST.DELETE.UPLOAD",
    "ListParts": "REST.GET.UPLOAD",
    "ListMultipartUploads": "REST.GET.UPLOADS",
    "ListObjectVersions": "REST.GET.BUCKETVERSIONS",
    "DeleteObjects": "REST.POST.MULTI_OBJECT_DELETE",
    "GetBucketLogging": "REST.GET.LOGGING_STATUS",
    "PutBucketLogging": "REST.PUT.LOGGING_STATUS",
    "RestoreObject": "REST.POST.RESTORE",
    "SelectObjectContent": "REST.POST.SELECT_OBJECT_CONTENT",
    "GetObjectAttributes": "REST.GET.OBJECT_ATTRIBUTES",
    "GetObjectTagging": "REST.GET.OBJECT_TAGGING",
    "PutObjectTagging": "REST.PUT.OBJECT_TAGGING",
    "DeleteObjectTagging": "REST.DELETE.OBJECT_TAGGING",
    "GetObjectRetention": "REST.GET.OBJECT_LOCK_RETENTION",
    "PutObjectRetention": "REST.PUT.OBJECT_LOCK_RETENTION",
    "GetObjectLegalHold": "REST.GET.OBJECT_LOCK_LEGALHOLD",
    "PutObjectLegalHold": "REST.PUT.OBJECT_LOCK_LEGALHOLD",
    "GetObjectLockConfiguration": "REST.GET.OBJECT_LOCK_CONFIGURATION",
    "PutObjectLockConfiguration": "REST.PUT.OBJECT_LOCK_CONFIGURATION",
}
_SUBRESOURCES: Mapping[str, str] = {
    "policy": "BUCKETPOLICY",
    "policyStatus": "POLICY_STATUS",
    "publicAccessBlock": "PUBLIC_ACCESS_BLOCK",
    "requestPayment": "REQUEST_PAYMENT",
    "ownershipControls": "OWNERSHIP_CONTROLS",
    "intelligent-tiering": "INTELLIGENT_TIERING",
}


def name_of(operation: str, method: str, query: str) -> str:
    """Return `REST.GET.OBJECT` and the like."""
    if operation in _NAMED:
        return _NAMED[operation]
    if operation in _OBJECTS:
        return f"REST.{method}.OBJECT"
    if operation in _BUCKETS:
        return f"REST.{method}.BUCKET"
    first = query.partition("&")[0].partition("=")[0]
    return f"REST.{method}.{_SUBRESOURCES.get(first, first.replace('-', '_').upper())}"
