"""What a bucket holds, by type of storage, summed up some versions at a time. Knows no record and no CloudWatch.

Source: "Amazon S3 daily storage metrics for buckets in CloudWatch" and the dimension StorageType
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html): all versions, and the parts of uploads in progress.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from clary.kernel import BusinessTime
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.object_rows import Row
from clary.services.s3.tiering import tiers
from clary.services.s3.tiering.tiers import Tiering
from clary.services.s3.version_pages import versions_after
from clary.store.api import Tx

_COLUMNS = "key, seq, marker, size, storage, tags, extra, modified"
_TYPES: Mapping[str, str] = {
    "STANDARD": "StandardStorage",
    "REDUCED_REDUNDANCY": "ReducedRedundancyStorage",
    "STANDARD_IA": "StandardIAStorage",
    "ONEZONE_IA": "OneZoneIAStorage",
    "GLACIER_IR": "GlacierInstantRetrievalStorage",
    "GLACIER": "GlacierStorage",
    "DEEP_ARCHIVE": "DeepArchiveStorage",
}
_TIERS: Mapping[str, str] = {
    tiers.FREQUENT: "IntelligentTieringFAStorage",
    tiers.INFREQUENT: "IntelligentTieringIAStorage",
    tiers.INSTANT: "IntelligentTieringAIAStorage",
    tiers.ARCHIVE: "IntelligentTieringAAStorage",
    tiers.DEEP: "IntelligentTieringDAAStorage",
}
# Parts wait for the end of their upload before they are archived.
_STAGED: Mapping[str, str] = {"GLACIER": "GlacierStagingStorage", "DEEP_ARCHIVE": "DeepArchiveStagingStorage"}


class Holdings(NamedTuple):
    """How many objects there are, and their bytes by type of storage."""

    objects: int
    sizes: Mapping[str, int]

    def plus(self, more: Holdings) -> Holdings:
        sizes = {
            type: self.sizes.get(type, 0) + more.sizes.get(type, 0) for type in {*self.sizes, *more.sizes}
        }
        return Holdings(self.objects + more.objects, sizes)


NOTHING = Holdings(0, {})


class Page(NamedTuple):
    """A stretch of versions: what they add, how many they are, and the last one where there may be more."""

    holdings: Holdings
    rows: int
    last: tuple[str, int] | None


def versions(tx: Tx, bucket: Bucket, after: tuple[str, int], limit: int, business: BusinessTime) -> Page:
    """Sum up the versions that follow one, delete markers too."""
    rows = versions_after(tx, _COLUMNS, bucket.name, *after, limit)
    tierings, sizes = tiers.in_force(tx, bucket), Counter[str]()
    for row in rows:
        sizes[_type(row, tierings, business)] += row[3]
    return Page(Holdings(len(rows), sizes), len(rows), rows[-1][:2] if len(rows) == limit else None)


def _type(row: tuple[Any, ...], tierings: tuple[Tiering, ...], business: BusinessTime) -> str:
    key, seq, marker, size, storage, tags, extra, modified = row
    if storage != tiers.CLASS:
        return _TYPES.get(storage, "StandardStorage")
    version = Row(key, seq, "", marker, size, "", modified, storage, "", "", "", tags, "", None, extra)
    return _TIERS[tiers.tier_of(version, tierings, business)]


def parts(tx: Tx, bucket: Bucket) -> Holdings:
    """Sum up the parts of uploads in progress."""
    rows = tx.sql(
        "SELECT u.storage, COUNT(*), SUM(p.size) FROM s3_upload u JOIN s3_part p ON p.upload = u.id"
        " WHERE u.bucket = ? AND u.result = '' GROUP BY u.storage",
        bucket.name,
    )
    sizes = Counter[str]()
    for storage, _, size in rows:
        sizes[_staged(storage)] += int(size)
    return Holdings(sum(count for _, count, _ in rows), sizes)


def _staged(storage: str) -> str:
    if storage == tiers.CLASS:
        return _TIERS[tiers.FREQUENT]
    return _STAGED.get(storage) or _TYPES.get(storage, "StandardStorage")
