"""The access tier of an object of the class INTELLIGENT_TIERING: a function of its row, the bucket's configurations and business time.

So nothing has to move: what is written is that an object was read, once in a day. Source: "How S3 Intelligent-Tiering works"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-overview.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from clary.kernel import AwsError, BusinessTime
from clary.plane import Context
from clary.services.s3 import bucket_features, named_configurations, object_extras, object_rows
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.lifecycle.rules import DAY, SMALL
from clary.services.s3.object_rows import Row
from clary.store.api import Tx

Params = dict[str, Any]

KIND = "IntelligentTiering"
CLASS = "INTELLIGENT_TIERING"
FREQUENT, INFREQUENT, INSTANT = "FREQUENT", "INFREQUENT", "ARCHIVE_INSTANT_ACCESS"
ARCHIVE, DEEP = "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"
ARCHIVED = (ARCHIVE, DEEP)
_INFREQUENT_DAYS, _INSTANT_DAYS = 30, 90


class Tiering(NamedTuple):
    """An enabled configuration: the objects that it is about, and after how many days without access they go to a tier."""

    prefix: str
    tags: tuple[tuple[str, str], ...]
    days: Mapping[str, int]

    def matches(self, key: str, tags: Mapping[str, str]) -> bool:
        return key.startswith(self.prefix) and all(tags.get(name) == value for name, value in self.tags)


def in_force(tx: Tx, bucket: Bucket) -> tuple[Tiering, ...]:
    """Return the enabled configurations of a bucket."""
    if not bucket.has(bucket_features.TIERING):
        return ()
    every = named_configurations.every(tx, bucket.name, KIND)
    return tuple(_tiering(one) for one in every if one["Status"] == "Enabled")


def _tiering(stored: Params) -> Tiering:
    given = stored.get("Filter") or {}
    said = given.get("And") or given
    tags = said.get("Tags") or ([said["Tag"]] if said.get("Tag") else [])
    return Tiering(
        said.get("Prefix") or "",
        tuple((tag["Key"], tag["Value"]) for tag in tags),
        {one["AccessTier"]: one["Days"] for one in stored["Tierings"]},
    )


def is_tiered(row: Row) -> bool:
    """Return whether an object is monitored: "objects smaller than 128 KB … are always stored in the Frequent Access tier"."""
    return row.storage == CLASS and row.size >= SMALL and not row.marker


def tier_of(row: Row, tierings: tuple[Tiering, ...], business: BusinessTime) -> str:
    """Return the tier that an object of this class is in."""
    if not is_tiered(row):
        return FREQUENT
    idle = (business.now - last_access(row, business)) / DAY
    tags = row.tag_map
    days = [one.days for one in tierings if one.matches(row.key, tags)]
    for tier in (DEEP, ARCHIVE):
        if any(idle >= one[tier] for one in days if tier in one):
            return tier
    return INSTANT if idle >= _INSTANT_DAYS else INFREQUENT if idle >= _INFREQUENT_DAYS else FREQUENT


def last_access(row: Row, business: BusinessTime) -> float:
    """Return when an object was last read, restored or written, in business time."""
    extra = object_extras.of(row)
    known = extra.get("accessed") or business.timeline.business(row.modified)
    ready = (extra.get("restored") or {}).get("ready", 0.0)
    return max(known, ready) if ready <= business.now else known


def members_of(tx: Tx, bucket: Bucket, row: Row, business: BusinessTime) -> Params:
    """Return what answers say of an object that is archived."""
    tier = tier_of(row, in_force(tx, bucket), business)
    if tier not in ARCHIVED:
        return {}
    restoring = {"Restore": 'ongoing-request="true"'} if is_restoring(row, business) else {}
    return {"ArchiveStatus": tier} | restoring


def is_restoring(row: Row, business: BusinessTime) -> bool:
    restored = object_extras.of(row).get("restored") or {}
    return restored.get("ready", 0.0) > business.now


async def read(ctx: Context, bucket: Bucket, row: Row) -> None:
    """Let an object be read, and write that down unless it was within the last day. Raise InvalidObjectState for an archived one."""
    if not is_tiered(row):
        return
    tierings = (
        await ctx.transact(lambda tx: in_force(tx, bucket)) if bucket.has(bucket_features.TIERING) else ()
    )
    tier = tier_of(row, tierings, ctx.business)
    if tier in ARCHIVED:
        message = "The operation is not valid for the object's access tier"
        members = {"StorageClass": CLASS, "AccessTier": tier}
        raise AwsError("InvalidObjectState", message, 403, members)
    if ctx.business.now - last_access(row, ctx.business) >= DAY:
        await ctx.transact(lambda tx: _note(tx, bucket, row, ctx.business.now), write=True)


def _note(tx: Tx, bucket: Bucket, row: Row, now: float) -> None:
    known = object_rows.by_seq(tx, bucket.name, row.key, row.seq)
    if known is not None and known.version == row.version:
        object_extras.change(tx, bucket.name, known, accessed=now)
