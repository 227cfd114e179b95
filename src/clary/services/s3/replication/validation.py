"""Replication configurations that S3 refuses, with its words.

Sources: PutBucketReplication (API reference) and "Replication configuration file elements" (S3 User Guide); the tests name
reports of users for the sentences.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from clary.kernel import AwsError
from clary.services.s3 import errors, object_headers
from clary.services.s3.replication.rules import MINUTES, is_on, is_v2

Params = dict[str, Any]

_MOST = 1000  # rules
_LONGEST_ID = 255
_LONGEST_PREFIX = 1024
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+")
_BUCKET = re.compile(r"arn:[a-z-]+:s3:::[a-z0-9.-]{3,63}")
_ACCOUNT = re.compile(r"\d{12}")
_SCHEMA = (
    "this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more "
    "information."
)
_OTHER_CLASSES = (
    "OUTPOSTS", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP", "AWS_BACKUP_WARM", "AWS_BACKUP_LOW_COST_WARM",
)  # fmt: skip


def check(configuration: Params) -> None:
    """Raise S3's error for a configuration that it does not take. Looks at no bucket."""
    given = configuration.get("Rules") or []
    if not 1 <= len(given) <= _MOST or not configuration.get("Role"):
        raise errors.malformed_xml()
    if not _ROLE.fullmatch(configuration["Role"]):
        raise errors.invalid_argument("Invalid Role ARN", "Role", configuration["Role"])
    for rule in given:
        _check_rule(rule)
    _check_together(given)


def _check_together(given: list[Params]) -> None:
    ids = [rule["ID"] for rule in given if rule.get("ID")]
    if len(set(ids)) < len(ids):
        raise errors.invalid_argument("Rule Id must be unique. Found same Id for more than one rule.", "ID")
    if len({is_v2(rule) for rule in given}) > 1:
        raise errors.malformed_xml()
    if is_v2(given[0]):
        priorities = [rule["Priority"] for rule in given]
        if len(set(priorities)) < len(priorities):
            raise errors.invalid_request("Found duplicate priorities in the replication rules.")
        return
    if len({rule["Destination"]["Bucket"] for rule in given}) > 1:
        raise errors.invalid_request("Number of distinct destination bucket ARNs cannot exceed 1")
    _check_overlaps(sorted(rule["Prefix"] for rule in given))


def _check_overlaps(prefixes: list[str]) -> None:
    for one, next in itertools.pairwise(prefixes):
        if next.startswith(one):
            raise errors.invalid_request(
                f"Found overlapping prefixes '{one}' and '{next}' for same action type 'Replication'"
            )


def _check_rule(rule: Params) -> None:
    if len(rule.get("ID") or "") > _LONGEST_ID:
        raise errors.invalid_argument("ID length should not exceed allowed limit of 255", "ID")
    if rule.get("Status") not in ("Enabled", "Disabled") or ("Filter" in rule) == ("Prefix" in rule):
        raise errors.malformed_xml()
    if "ExistingObjectReplication" in rule:
        # hashicorp/terraform-provider-aws#23803: what is there is copied by S3 Batch Replication alone.
        raise errors.malformed_xml()
    _check_form(rule)
    _check_filter(rule)
    _check_destination(rule["Destination"])
    _check_encryption(rule)
    _check_time(rule["Destination"])


def _check_form(rule: Params) -> None:
    """Raise InvalidRequest for elements of the other of the two forms."""
    if is_v2(rule):
        for member in ("Priority", "DeleteMarkerReplication"):
            if rule.get(member) is None:
                raise errors.invalid_request(f"{member} must be specified for {_SCHEMA}")
        if rule["Priority"] < 0:
            raise errors.malformed_xml()
        return
    for member in ("DeleteMarkerReplication", "Priority"):
        if rule.get(member) is not None:
            raise errors.invalid_request(f"{member} cannot be used for {_SCHEMA}")
    if "ReplicaModifications" in (rule.get("SourceSelectionCriteria") or {}):
        raise errors.invalid_request(f"ReplicaModifications cannot be used for {_SCHEMA}")


def _check_filter(rule: Params) -> None:
    given = rule.get("Filter") or {}
    every = given.get("And") or {}
    if len(given) > 1 or ("And" in given and _count(every) < 2):
        raise errors.malformed_xml()
    said = every or given
    for prefix in (rule.get("Prefix"), said.get("Prefix")):
        if len(prefix or "") > _LONGEST_PREFIX:
            raise errors.invalid_request("The maximum size of a prefix is 1024.")
    tags = said.get("Tags") or ([said["Tag"]] if said.get("Tag") else [])
    _check_tags(tags)
    _check_not(said.get("Not"))
    if tags and is_on(rule.get("DeleteMarkerReplication")):
        raise errors.invalid_request(
            "Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer "
            "Guide for more information."
        )


def _count(every: Params) -> int:
    return len(every.get("Tags") or []) + len([name for name in every if name != "Tags"])


def _check_tags(tags: list[Params]) -> None:
    if len({tag["Key"] for tag in tags}) < len(tags):
        raise errors.invalid_request("Duplicate Tag Keys are not allowed.")
    object_headers.tags_of(tags, limit=10)


def _check_not(given: Params | None) -> None:
    """Raise MalformedXML unless what is left out is said by exactly one element."""
    if given is None:
        return
    every = given.get("Or")
    if len(given) != 1 or (every is not None and not (every.get("Prefixes") or every.get("Tags"))):
        raise errors.malformed_xml()


def _check_destination(to: Params) -> None:
    if not _BUCKET.fullmatch(to.get("Bucket") or ""):
        raise errors.invalid_argument("Invalid bucket ARN.", "Bucket", to.get("Bucket"))
    if to.get("StorageClass") in _OTHER_CLASSES:
        message = "The storage class you specified is not valid"
        raise AwsError("InvalidStorageClass", message, 400, {"StorageClassRequested": to["StorageClass"]})
    account = to.get("Account")
    if account is not None and not _ACCOUNT.fullmatch(account):
        raise errors.malformed_xml()
    translation = to.get("AccessControlTranslation")
    if translation is not None and (translation.get("Owner") != "Destination" or account is None):
        raise errors.malformed_xml()


def _check_encryption(rule: Params) -> None:
    criteria = (rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects")
    encryption = rule["Destination"].get("EncryptionConfiguration")
    if (encryption or {}).get("UseSourceMultiRegionKey"):
        raise errors.not_implemented("s3 replication with multi-Region keys")
    if encryption is not None and criteria is None:
        raise errors.invalid_request(
            "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present."
        )
    if is_on(criteria) and not (encryption or {}).get("ReplicaKmsKeyID"):
        raise errors.invalid_request(
            "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present."
        )


def _check_time(to: Params) -> None:
    timed, metrics = to.get("ReplicationTime"), to.get("Metrics")
    threshold = ((metrics or {}).get("EventThreshold") or {}).get("Minutes")
    if is_on(timed) and not is_on(metrics):
        raise errors.invalid_request(
            "Replication destination must contain both ReplicationTime and Metrics or neither."
        )
    if threshold is not None and not is_on(timed):
        # crossplane-contrib/provider-aws#1117
        message = (
            "Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled"
        )
        raise errors.invalid_argument(message, "EventThreshold")
    if is_on(timed) and ((timed or {}).get("Time") or {}).get("Minutes") != MINUTES:
        raise errors.malformed_xml()
    if threshold not in (None, MINUTES):
        raise errors.malformed_xml()
