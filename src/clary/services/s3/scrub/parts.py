"""Parts of uploads in progress, for the scrub."""

from __future__ import annotations

from typing import NamedTuple

from clary.plane import Platform
from clary.plane.upkeep.damage import Place
from clary.plane.upkeep.reading import Pace, reason_of
from clary.plane.upkeep.scrub import Item
from clary.services.s3.scrub import streams
from clary.store.api import Tx


class Part(NamedTuple):
    """What is to be known of a part to read it."""

    blob: str
    size: int
    sum: str
    etag: str
    cipher: str


def following(tx: Tx, after: Place, limit: int) -> list[Item]:
    """Return the next parts that have bytes."""
    rows = tx.sql(
        "SELECT p.upload, p.number, u.bucket, u.key, p.place, p.size, p.sum, p.etag, u.cipher"
        " FROM s3_part p JOIN s3_upload u ON u.id = p.upload"
        " WHERE (p.upload, p.number) > (?, ?) AND p.size > 0 ORDER BY p.upload, p.number LIMIT ?",
        after.first, after.number, limit,
    )  # fmt: skip
    return [_item(upload, number, bucket, key, Part._make(row)) for upload, number, bucket, key, *row in rows]


def _item(upload: str, number: int, bucket: str, key: str, part: Part) -> Item:
    name = f"s3://{bucket}/{key}, part {number} of the upload {upload}"
    return Item(Place(upload, "", number), part.blob, name, about=part)


async def check(platform: Platform, item: Item, _: int, pace: Pace) -> str:
    """Return what is wrong with a part, or ''."""
    part: Part = item.about
    lying = await streams.lying(platform, part.cipher, part.blob, [part.size])
    known = streams.known(part.cipher, part.sum, part.etag)
    return await reason_of(platform.objects, lying, 0, 0, known, pace)
