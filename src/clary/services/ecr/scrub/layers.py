"""Layers of repositories, for the scrub."""

from __future__ import annotations

from clary.plane.upkeep.damage import Place
from clary.plane.upkeep.scrub import Item
from clary.services.ecr.layers.rows import COLUMNS, Layer
from clary.services.ecr.scrub import digested
from clary.store.api import Tx


def following(tx: Tx, after: Place, limit: int) -> list[Item]:
    """Return the next layers."""
    rows = tx.sql(
        f"select {COLUMNS} from ecr_layer where (repository, digest) > (?, ?) order by repository, digest limit ?",
        after.first, after.second, limit,
    )  # fmt: skip
    return [_item(Layer(*row)) for row in rows]


def _item(layer: Layer) -> Item:
    place = Place(layer.repository, layer.digest, 0)
    return Item(place, layer.place, f"layer {layer.digest} of {layer.repository}", about=layer)


check = digested.check(lambda item: (item.about.bytes, item.about.digest))
