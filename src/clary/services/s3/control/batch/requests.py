"""What CreateJob refuses beyond the model: members that contradict each other, names that are no buckets, what is not there.

Sources: CreateJob, JobManifestSpec and S3JobManifestGenerator (API reference), "Creating an S3 Batch Operations job"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html).
"""

from __future__ import annotations

import re
from typing import Any

from clary.kernel.errors import not_implemented
from clary.services.s3 import object_checksums
from clary.services.s3.control.batch.errors import invalid_request
from clary.wire import checksums

Params = dict[str, Any]

CSV, INVENTORY = "S3BatchOperations_CSV_20180820", "S3InventoryReport_CSV_20161130"
OPERATIONS = (
    "S3PutObjectCopy", "S3PutObjectAcl", "S3PutObjectTagging", "S3DeleteObjectTagging", "S3InitiateRestoreObject",
    "S3PutObjectLegalHold", "S3PutObjectRetention", "S3ReplicateObject", "S3ComputeObjectChecksum",
    "S3UpdateObjectEncryption",
)  # fmt: skip
_BUCKET = re.compile(r"arn:[^:]+:s3:::[^/:]+")
_OBJECT = re.compile(r"arn:[^:]+:s3:::[^/:]+/.+", re.DOTALL)
_POINT = re.compile(r"arn:[^:]+:s3:[^:]+:\d{12}:accesspoint/[^/:]+")
_COMPOSITE = ("CRC32", "CRC32C", "SHA1", "SHA256")


def check(params: Params) -> None:
    """Raise InvalidRequest, or NotImplemented for what is not there."""
    _check_operation(params["Operation"])
    _check_lists(params)
    _check_report(params["Report"])


def _check_operation(given: Params) -> None:
    if len(given) != 1:
        raise invalid_request("Exactly one operation must be specified.")
    ((name, said),) = given.items()
    if name not in OPERATIONS:
        raise _not_there(f"Operation.{name}")
    check_one = _CHECKS.get(name)
    if check_one is not None:
        check_one(said)


def _check_copy(copy: Params) -> None:
    target = copy.get("TargetResource", "")
    if target.split(":")[2:3] == ["s3express"]:
        raise _not_there("directory buckets")
    if not _BUCKET.fullmatch(target) and not _POINT.fullmatch(target):
        raise invalid_request("TargetResource must be the ARN of a bucket.")
    if copy.get("CannedAccessControlList") and copy.get("AccessControlGrants"):
        raise invalid_request("A canned ACL and grants cannot be specified together.")
    if any(grant.get("Permission") == "WRITE" for grant in copy.get("AccessControlGrants") or ()):
        raise invalid_request("The permission WRITE is for buckets.")
    _check_stored(copy.get("ChecksumAlgorithm"))


def _check_stored(algorithm: str | None) -> None:
    if algorithm and algorithm not in object_checksums.LENGTHS:
        raise _not_there(f"ChecksumAlgorithm {algorithm}")


def _check_acl(given: Params) -> None:
    policy = given.get("AccessControlPolicy") or {}
    if bool(policy.get("AccessControlList")) == bool(policy.get("CannedAccessControlList")):
        raise invalid_request("Either an access control list or a canned ACL must be specified.")


def _check_restore(given: Params) -> None:
    if given.get("ExpirationInDays") == 0:
        raise invalid_request("ExpirationInDays must be at least 1.")


def _check_checksum(given: Params) -> None:
    algorithm = given.get("ChecksumAlgorithm")
    if algorithm and algorithm not in checksums.ALGORITHMS:
        raise _not_there(f"ChecksumAlgorithm {algorithm}")
    if given.get("ChecksumType") == object_checksums.COMPOSITE and algorithm not in _COMPOSITE:
        raise invalid_request(f"The checksum type COMPOSITE is not there for {algorithm or 'CRC64NVME'}.")


def _check_encryption(given: Params) -> None:
    if not (given.get("ObjectEncryption") or {}).get("SSEKMS"):
        raise invalid_request("ObjectEncryption must specify SSEKMS.")


_CHECKS = {
    "S3PutObjectCopy": _check_copy,
    "S3PutObjectAcl": _check_acl,
    "S3InitiateRestoreObject": _check_restore,
    "S3ComputeObjectChecksum": _check_checksum,
    "S3UpdateObjectEncryption": _check_encryption,
}


def _check_lists(params: Params) -> None:
    """ "Jobs must be created with either a manifest file or a ManifestGenerator, but not both"."""
    manifest, generator = params.get("Manifest"), params.get("ManifestGenerator")
    if (manifest is None) == (generator is None):
        raise invalid_request("Either a Manifest or a ManifestGenerator must be specified, and not both.")
    if manifest is not None:
        _check_manifest(manifest)
    else:
        _check_generator((generator or {}).get("S3JobManifestGenerator"))


def _check_manifest(manifest: Params) -> None:
    spec, fields = manifest["Spec"], manifest["Spec"].get("Fields")
    if not _OBJECT.fullmatch(manifest["Location"]["ObjectArn"]):
        raise invalid_request("The ObjectArn of the manifest must be the ARN of an object.")
    if spec["Format"] == INVENTORY and fields:
        raise invalid_request("Fields are for manifests in the format " + CSV)
    if spec["Format"] == CSV and (not fields or not _are_fields(fields)):
        raise invalid_request(
            "Fields must contain Bucket and Key, and each of Bucket, Key and VersionId once."
        )


def _are_fields(fields: list[str]) -> bool:
    named = [field for field in fields if field != "Ignore"]
    return len(named) == len(set(named)) and {"Bucket", "Key"} <= set(named)


def _check_generator(generator: Params | None) -> None:
    if generator is None:
        raise invalid_request("ManifestGenerator must contain S3JobManifestGenerator.")
    if not _BUCKET.fullmatch(generator["SourceBucket"]):
        raise invalid_request("SourceBucket must be the ARN of a bucket.")
    output = generator.get("ManifestOutputLocation")
    if generator["EnableManifestOutput"] and output is None:
        raise invalid_request("ManifestOutputLocation is required where EnableManifestOutput is true.")
    if output is not None and not _BUCKET.fullmatch(output["Bucket"]):
        raise invalid_request("The Bucket of ManifestOutputLocation must be the ARN of a bucket.")


def _check_report(report: Params) -> None:
    if not report["Enabled"]:
        return
    if not _BUCKET.fullmatch(report.get("Bucket", "")):
        raise invalid_request("The Bucket of an enabled Report must be the ARN of a bucket.")
    if not report.get("Format") or not report.get("ReportScope"):
        raise invalid_request("An enabled Report must specify Format and ReportScope.")


def _not_there(what: str) -> Exception:
    return not_implemented("s3control", f"CreateJob with {what}")
