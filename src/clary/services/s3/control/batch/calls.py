"""Which operation of S3 does what a job says, and its request for one object.

Source: JobOperation and the structures below it (API reference of S3 Control).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from clary.services.s3.control.batch.doing import Doing
from clary.services.s3.control.batch.noun import operation_of

Params = dict[str, Any]
Call = tuple[str, Params]

_TIERS = {"BULK": "Bulk", "STANDARD": "Standard"}
_GRANTS = {
    "FULL_CONTROL": "GrantFullControl",
    "READ": "GrantRead",
    "READ_ACP": "GrantReadACP",
    "WRITE_ACP": "GrantWriteACP",
}
_GRANTEES = {
    "id": ("CanonicalUser", "ID"),
    "uri": ("Group", "URI"),
    "emailAddress": ("AmazonCustomerByEmail", "EmailAddress"),
}
# Members of S3PutObjectCopy, and those of CopyObject that they are.
_COPY = {
    "CannedAccessControlList": "ACL",
    "MetadataDirective": "MetadataDirective",
    "ModifiedSinceConstraint": "CopySourceIfModifiedSince",
    "UnModifiedSinceConstraint": "CopySourceIfUnmodifiedSince",
    "RedirectLocation": "WebsiteRedirectLocation",
    "StorageClass": "StorageClass",
    "ObjectLockLegalHoldStatus": "ObjectLockLegalHoldStatus",
    "ObjectLockMode": "ObjectLockMode",
    "ObjectLockRetainUntilDate": "ObjectLockRetainUntilDate",
    "BucketKeyEnabled": "BucketKeyEnabled",
    "ChecksumAlgorithm": "ChecksumAlgorithm",
}
_METADATA = {
    "CacheControl": "CacheControl",
    "ContentDisposition": "ContentDisposition",
    "ContentEncoding": "ContentEncoding",
    "ContentLanguage": "ContentLanguage",
    "ContentType": "ContentType",
    "HttpExpiresDate": "Expires",
    "UserMetadata": "Metadata",
}


def call_for(doing: Doing) -> Call:
    """Return the operation and its request."""
    return _CALLS[operation_of(doing.job)](doing)


def _copy(doing: Doing) -> Call:
    """Return a CopyObject: "Objects to be copied can be up to 5 GB in size", as it refuses larger ones itself."""
    said = doing.said
    params: Params = {
        "Bucket": said["TargetResource"].rpartition(":::")[2] or said["TargetResource"],
        "Key": f"{said['TargetKeyPrefix']}/{doing.key}" if said.get("TargetKeyPrefix") else doing.key,
        "CopySource": _source(doing),
    }
    params |= {to: said[name] for name, to in _COPY.items() if name in said}
    return "CopyObject", params | _metadata(said) | _encryption(said) | _tags(said) | _grants(said)


def _source(doing: Doing) -> str:
    source = quote(f"{doing.task.bucket}/{doing.key}")
    return source if doing.task.version is None else f"{source}?versionId={quote(doing.task.version)}"


def _metadata(said: Params) -> Params:
    """Return the new metadata, if any: "If you don't provide this parameter, Amazon S3 copies all the metadata from the
    original objects". An algorithm alone is no metadata."""
    given = said.get("NewObjectMetadata")
    if given is None or said.get("MetadataDirective") == "COPY" or set(given) == {"SSEAlgorithm"}:
        return {}
    return {"MetadataDirective": "REPLACE"} | {
        to: given[name] for name, to in _METADATA.items() if name in given
    }


def _encryption(said: Params) -> Params:
    algorithm = (said.get("NewObjectMetadata") or {}).get("SSEAlgorithm")
    key = said.get("SSEAwsKmsKeyId")
    kind = "aws:kms" if algorithm == "KMS" or (key and not algorithm) else algorithm
    return {**({"ServerSideEncryption": kind} if kind else {}), **({"SSEKMSKeyId": key} if key else {})}


def _tags(said: Params) -> Params:
    """Return the new tags, if any: "If NewObjectTagging is not specified, the tags of the source objects are copied"."""
    given = said.get("NewObjectTagging")
    if given is None:
        return {}
    return {"TaggingDirective": "REPLACE", "Tagging": urlencode({tag["Key"]: tag["Value"] for tag in given})}


def _grants(said: Params) -> Params:
    found: dict[str, list[str]] = {}
    for grant in said.get("AccessControlGrants") or ():
        grantee = grant.get("Grantee") or {}
        header = f'{grantee.get("TypeIdentifier", "id")}="{grantee.get("Identifier", "")}"'
        found.setdefault(_GRANTS[grant.get("Permission", "READ")], []).append(header)
    return {member: ", ".join(headers) for member, headers in found.items()}


def _put_acl(doing: Doing) -> Call:
    policy = doing.said["AccessControlPolicy"]
    if policy.get("CannedAccessControlList"):
        return "PutObjectAcl", {**doing.named, "ACL": policy["CannedAccessControlList"]}
    given = policy["AccessControlList"]
    grants = [_grant(one) for one in given.get("Grants") or ()]
    return "PutObjectAcl", {**doing.named, "AccessControlPolicy": {"Owner": given["Owner"], "Grants": grants}}


def _grant(given: Params) -> Params:
    grantee = given.get("Grantee") or {}
    kind, member = _GRANTEES[grantee.get("TypeIdentifier", "id")]
    named = {"Type": kind, member: grantee.get("Identifier", "")}
    return {"Grantee": named, **{name: given[name] for name in ("Permission",) if name in given}}


def _put_tags(doing: Doing) -> Call:
    return "PutObjectTagging", {**doing.named, "Tagging": {"TagSet": doing.said.get("TagSet") or []}}


def _restore(doing: Doing) -> Call:
    said = doing.said
    request: Params = {"Days": said["ExpirationInDays"]} if "ExpirationInDays" in said else {}
    if said.get("GlacierJobTier"):
        request["GlacierJobParameters"] = {"Tier": _TIERS[said["GlacierJobTier"]]}
    return "RestoreObject", {**doing.named, "RestoreRequest": request}


def _put_retention(doing: Doing) -> Call:
    said = doing.said
    bypass = {"BypassGovernanceRetention": True} if said.get("BypassGovernanceRetention") else {}
    return "PutObjectRetention", {**doing.named, "Retention": said["Retention"], **bypass}


_CALLS: Mapping[str, Callable[[Doing], Call]] = {
    "S3PutObjectCopy": _copy,
    "S3PutObjectAcl": _put_acl,
    "S3PutObjectTagging": _put_tags,
    "S3DeleteObjectTagging": lambda doing: ("DeleteObjectTagging", doing.named),
    "S3InitiateRestoreObject": _restore,
    "S3PutObjectLegalHold": lambda doing: (
        "PutObjectLegalHold",
        {**doing.named, "LegalHold": doing.said["LegalHold"]},
    ),
    "S3PutObjectRetention": _put_retention,
    "S3UpdateObjectEncryption": lambda doing: (
        "UpdateObjectEncryption",
        {**doing.named, "ObjectEncryption": doing.said["ObjectEncryption"]},
    ),
}
