"""Parts of uploads in progress, for the scrub."""

from __future__ import annotations

from clary.plane.upkeep.damage import Place
from clary.plane.upkeep.scrub import Item
from clary.services.ecr.layers.upload_rows import Part
from clary.services.ecr.scrub import digested
from clary.store.api import Tx


def following(tx: Tx, after: Place, limit: int) -> list[Item]:
    """Return the next parts."""
    rows = tx.sql(
        "select p.upload, u.repository, p.first, p.size, p.place, p.cipher, p.sha256 from ecr_upload_part p"
        " join ecr_upload u on u.id = p.upload where (p.upload, p.first) > (?, ?) order by p.upload, p.first limit ?",
        after.first, after.number, limit,
    )  # fmt: skip
    return [_item(upload, repository, Part(*row)) for upload, repository, *row in rows]


def _item(upload: str, repository: str, part: Part) -> Item:
    name = f"bytes from {part.first} on of the upload {upload} to {repository}"
    return Item(Place(upload, "", part.first), part.place, name, about=part)


check = digested.check(lambda item: (item.about.bytes, item.about.sha256))
