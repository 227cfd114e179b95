"""Versions of objects, for the scrub. One that was uploaded in parts is read part by part."""

from __future__ import annotations

from clary.plane import Platform
from clary.plane.upkeep.damage import Place
from clary.plane.upkeep.reading import Pace, reason_of
from clary.plane.upkeep.scrub import Item
from clary.services.s3.object_rows import Row
from clary.services.s3.scrub import streams
from clary.store.api import Tx

_COLUMNS = ", ".join(("bucket", *Row._fields)).replace("blob", "place")


def following(tx: Tx, after: Place, limit: int) -> list[Item]:
    """Return the next versions that have bytes."""
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM s3_object WHERE (bucket, key, seq) > (?, ?, ?) AND size > 0 AND marker = 0"
        " ORDER BY bucket, key, seq LIMIT ?",
        *after, limit,
    )  # fmt: skip
    return [_item(bucket, Row._make(row)) for bucket, *row in rows]


def _item(bucket: str, row: Row) -> Item:
    name = f"s3://{bucket}/{row.key}, version {row.version}"
    return Item(Place(bucket, row.key, row.seq), row.blob, name, _parts(row), row)


def _parts(row: Row) -> int:
    """Return how many parts can be read by themselves. What the row says of them may be no JSON: then it is found by `check`."""
    try:
        return len(row.sizes) if row.body is None else 1
    except (TypeError, ValueError):
        return 1


async def check(platform: Platform, item: Item, part: int, pace: Pace) -> str:
    """Return what is wrong with one part of a version, or ''."""
    row: Row = item.about
    sizes = row.sizes if row.body is None else [row.size]
    lying = await streams.lying(platform, row.cipher, row.blob, sizes, row.body)
    sum_, etag = (row.part_list[part][1], "") if row.parts and row.body is None else (row.sum, row.etag)
    known = streams.known(row.cipher, sum_, etag)
    return await reason_of(platform.objects, lying, part, part, known, pace)
