"""Which versions of a bucket a generated list contains (JobManifestGeneratorFilter, API reference)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.services.s3 import object_extras
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption.cipher import AES, CUSTOMER, DSSE, KMS
from clary.services.s3.object_rows import Row
from clary.services.s3.replication import outbox, statuses
from clary.store.api import Tx

Params = dict[str, Any]
Chooses = Callable[[Row], bool]

_KINDS = {"SSES3": AES, "SSEKMS": KMS, "DSSEKMS": DSSE, "SSEC": CUSTOMER, "NOTSSE": ""}


def chosen(tx: Tx, bucket: Bucket, wanted: Params) -> Chooses:
    """Return what tells whether a version is in the list: all parts of the filter must hold."""
    tests = [make(value) for name, make in _TESTS.items() if (value := wanted.get(name)) is not None]
    if (eligible := wanted.get("EligibleForReplication")) is not None:
        tests.append(lambda row: bool(outbox.rules_for(tx, bucket, row)) == eligible)
    return lambda row: all(test(row) for test in tests)


def _by_name(constraint: Params) -> Chooses:
    prefixes: tuple[str, ...] = tuple(constraint.get("MatchAnyPrefix") or ())
    suffixes: tuple[str, ...] = tuple(constraint.get("MatchAnySuffix") or ())
    parts: tuple[str, ...] = tuple(constraint.get("MatchAnySubstring") or ())

    def test(row: Row) -> bool:
        begins = not prefixes or row.key.startswith(prefixes)
        ends = not suffixes or row.key.endswith(suffixes)
        return begins and ends and (not parts or any(part in row.key for part in parts))

    return test


def _by_replication(wanted: list[str]) -> Chooses:
    return lambda row: (statuses.of(object_extras.of(row)) or "NONE") in wanted


def _by_class(wanted: list[str]) -> Chooses:
    return lambda row: not row.marker and row.storage in wanted


def _by_encryption(wanted: list[Params]) -> Chooses:
    return lambda row: not row.marker and any(_is_encrypted(row, one) for one in wanted)


def _is_encrypted(row: Row, wanted: Params) -> bool:
    cipher = ciphers.read(row.cipher)
    for name, said in wanted.items():
        key, bucket_key = said.get("KmsKeyArn"), said.get("BucketKeyEnabled")
        if (
            cipher.kind == _KINDS[name]
            and key in (None, cipher.kms_key)
            and bucket_key in (None, cipher.bucket_key)
        ):
            return True
    return False


_TESTS: dict[str, Callable[[Any], Chooses]] = {
    "CreatedAfter": lambda moment: lambda row: row.modified > moment,
    "CreatedBefore": lambda moment: lambda row: row.modified < moment,
    "ObjectReplicationStatuses": _by_replication,
    "KeyNameConstraint": _by_name,
    "ObjectSizeGreaterThanBytes": lambda size: lambda row: row.size > size,
    "ObjectSizeLessThanBytes": lambda size: lambda row: row.size < size,
    "MatchAnyStorageClass": _by_class,
    "MatchAnyObjectEncryption": _by_encryption,
}
