"""The fields of an inventory: their names in each format, their types, and what they say of a version.

Source: "Amazon S3 Inventory list" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from clary.kernel import BusinessTime
from clary.services.s3 import object_extras
from clary.services.s3.acls import grants
from clary.services.s3.acls.lists import of_object, owner_of
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption.cipher import AES, CUSTOMER, DSSE, KMS
from clary.services.s3.lifecycle import rules
from clary.services.s3.lifecycle.rules import Rule, Subject
from clary.services.s3.object_rows import Row
from clary.services.s3.replication import statuses
from clary.services.s3.tiering import tiers
from clary.services.s3.tiering.tiers import Tiering

TEXT, INTEGER, BOOLEAN, MOMENT = "text", "integer", "boolean", "moment"
_ENCRYPTED = {"": "NOT-SSE", AES: "SSE-S3", KMS: "SSE-KMS", DSSE: "DSSE-KMS", CUSTOMER: "SSE-C"}


class Entry(NamedTuple):
    """A version in a bucket, as a report lists it; `rules` are the lifecycle rules in force."""

    bucket: Bucket
    row: Row
    latest: bool
    rules: tuple[Rule, ...]
    business: BusinessTime
    tierings: tuple[Tiering, ...] = ()


class Field(NamedTuple):
    """A column: its name in CSV and in Parquet and ORC, its type, and its value, None where there is none."""

    name: str
    column: str
    type: str
    value: Callable[[Entry], Any]


def _cipher(entry: Entry) -> str | None:
    return None if entry.row.marker else _ENCRYPTED[ciphers.read(entry.row.cipher).kind]


def _bucket_key(entry: Entry) -> str | None:
    cipher = ciphers.read(entry.row.cipher)
    return None if cipher.kind not in (KMS, DSSE) else "ENABLED" if cipher.bucket_key else "DISABLED"


def _tier(entry: Entry) -> str | None:
    if entry.row.storage != tiers.CLASS or entry.row.marker:
        return None
    tier = tiers.tier_of(entry.row, entry.tierings, entry.business)
    return tier.removesuffix("_ACCESS") if tier in tiers.ARCHIVED else tier


def _extra(member: str) -> Callable[[Entry], Any]:
    return lambda entry: object_extras.of(entry.row).get(member)


def _list(entry: Entry) -> str | None:
    """Return the ACL, as AWS writes it: JSON in base64 (storage-inventory, "Object ACL field")."""
    if entry.row.marker:
        return None
    shown = [
        {
            "canonicalId": one["Grantee"].get("ID"),
            "type": one["Grantee"]["Type"],
            "permission": one["Permission"],
        }
        if one["Grantee"].get("ID")
        else {"uri": one["Grantee"]["URI"], "type": one["Grantee"]["Type"], "permission": one["Permission"]}
        for one in grants.shown(of_object(entry.bucket, entry.row))
    ]
    document = {"version": "2022-11-10", "status": "AVAILABLE", "grants": shown}
    return base64.b64encode(orjson.dumps(document)).decode()


def _expires(entry: Entry) -> float | None:
    row = entry.row
    if row.marker or not entry.latest or not entry.rules:
        return None
    subject = Subject(row.key, row.size, row.tag_map, row.storage)
    found = rules.expiry(entry.rules, subject, entry.business.timeline.business(row.modified))
    return found[0] if found else None


def _of_object(value: Callable[[Row], Any]) -> Callable[[Entry], Any]:
    """Return what delete markers do not have."""
    return lambda entry: None if entry.row.marker else value(entry.row)


_FIRST = (
    Field("Bucket", "bucket", TEXT, lambda entry: entry.bucket.name),
    Field("Key", "key", TEXT, lambda entry: entry.row.key),
)
_OF_VERSIONS = (
    Field("VersionId", "version_id", TEXT, lambda entry: entry.row.version),
    Field("IsLatest", "is_latest", BOOLEAN, lambda entry: entry.latest),
    Field("IsDeleteMarker", "is_delete_marker", BOOLEAN, lambda entry: bool(entry.row.marker)),
)
# In the order in which AWS writes them.
_OPTIONAL = (
    Field("Size", "size", INTEGER, _of_object(lambda row: row.size)),
    Field("LastModifiedDate", "last_modified_date", MOMENT, lambda entry: entry.row.modified),
    Field("ETag", "e_tag", TEXT, _of_object(lambda row: row.etag)),
    Field("StorageClass", "storage_class", TEXT, _of_object(lambda row: row.storage)),
    Field("IsMultipartUploaded", "is_multipart_uploaded", BOOLEAN, _of_object(lambda row: "-" in row.etag)),
    Field(
        "ReplicationStatus",
        "replication_status",
        TEXT,
        lambda entry: statuses.of(object_extras.of(entry.row)),
    ),
    Field("EncryptionStatus", "encryption_status", TEXT, _cipher),
    Field("ObjectLockRetainUntilDate", "object_lock_retain_until_date", MOMENT, _extra("until")),
    Field("ObjectLockMode", "object_lock_mode", TEXT, _extra("mode")),
    Field("ObjectLockLegalHoldStatus", "object_lock_legal_hold_status", TEXT, _extra("hold")),
    Field("IntelligentTieringAccessTier", "intelligent_tiering_access_tier", TEXT, _tier),
    Field("BucketKeyStatus", "bucket_key_status", TEXT, _bucket_key),
    Field("ChecksumAlgorithm", "checksum_algorithm", TEXT, _of_object(lambda row: row.sum.partition(" ")[0])),
    Field("ObjectAccessControlList", "object_access_control_list", TEXT, _list),
    Field(
        "ObjectOwner",
        "object_owner",
        TEXT,
        lambda entry: grants.owner_id(owner_of(entry.bucket, entry.row)),
    ),
    Field("LifecycleExpirationDate", "lifecycle_expiration_date", MOMENT, _expires),
)
OPTIONAL = frozenset(field.name for field in _OPTIONAL)


def chosen(names: list[str], *, versions: bool) -> tuple[Field, ...]:
    """Return the fields of a report, in AWS's order."""
    first = _FIRST + _OF_VERSIONS if versions else _FIRST
    return first + tuple(field for field in _OPTIONAL if field.name in names)


def moment(seconds: float) -> str:
    """Return a moment as CSV has it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.000Z"
