"""S3's errors: codes, messages and members as AWS returns them. Knows no operation and no row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError


def no_such_bucket(name: str) -> AwsError:
    return AwsError("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": name})


def no_such_key(key: str, headers: Mapping[str, str] | None = None) -> AwsError:
    return AwsError("NoSuchKey", "The specified key does not exist.", 404, {"Key": key}, headers)


def no_such_version(key: str, version: str) -> AwsError:
    members = {"Key": key, "VersionId": version}
    return AwsError("NoSuchVersion", "The specified version does not exist.", 404, members)


def no_such_upload(upload_id: str) -> AwsError:
    message = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
        "aborted or completed."
    )
    return AwsError("NoSuchUpload", message, 404, {"UploadId": upload_id})


def acl_with_ownership() -> AwsError:
    message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
    return AwsError("InvalidBucketAclWithObjectOwnership", message)


def no_encryption_configuration(bucket: str) -> AwsError:
    message = "The server side encryption configuration was not found"
    members = {"BucketName": bucket}
    return AwsError("ServerSideEncryptionConfigurationNotFoundError", message, 404, members)


def access_denied(message: str = "Access Denied") -> AwsError:
    return AwsError("AccessDenied", message, 403)


def invalid_bucket_owner(given: str) -> AwsError:
    message = f"The value of the expected bucket owner parameter must be an AWS Account ID... [{given}]"
    return AwsError("InvalidBucketOwnerAWSAccountID", message)


def invalid_argument(message: str, name: str, value: Any = None) -> AwsError:
    members = {"ArgumentName": name}
    if value is not None:
        members["ArgumentValue"] = str(value)
    return AwsError("InvalidArgument", message, 400, members)


def invalid_request(message: str) -> AwsError:
    return AwsError("InvalidRequest", message)


def malformed_xml() -> AwsError:
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return AwsError("MalformedXML", message)


def missing_body() -> AwsError:
    return AwsError("MissingRequestBodyError", "Request Body is empty")


def precondition_failed(condition: str) -> AwsError:
    message = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", message, 412, {"Condition": condition})


def conflict(condition: str, key: str) -> AwsError:
    message = "The conditional request cannot succeed due to a conflicting operation against this resource."
    return AwsError("ConditionalRequestConflict", message, 409, {"Condition": condition, "Key": key})


def header_not_implemented(header: str, detail: str) -> AwsError:
    message = "A header you provided implies functionality that is not implemented"
    return AwsError("NotImplemented", message, 501, {"Header": header, "additionalMessage": detail})


def not_implemented(what: str) -> AwsError:
    """Return the error for a feature of S3 that Clary does not have."""
    return AwsError("NotImplemented", f"Clary does not implement {what}.", 501)


def method_not_allowed(method: str, headers: Mapping[str, str]) -> AwsError:
    message = "The specified method is not allowed against this resource."
    members = {"Method": method, "ResourceType": "DeleteMarker"}
    return AwsError("MethodNotAllowed", message, 405, members, headers)


def policy_method_not_allowed(method: str) -> AwsError:
    """Return the error for another account's caller: only the owner handles a bucket's policy, whatever it
    grants."""
    message = "The specified method is not allowed against this resource."
    return AwsError("MethodNotAllowed", message, 405, {"Method": method, "ResourceType": "BUCKETPOLICY"})


def entity_too_large(size: int, limit: int) -> AwsError:
    members = {"ProposedSize": str(size), "MaxSizeAllowed": str(limit)}
    return AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400, members)


def invalid_version(value: str) -> AwsError:
    return invalid_argument("Invalid version id specified", "versionId", value)
