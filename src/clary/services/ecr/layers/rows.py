"""The layers of repositories: their rows. A blob that the last row has let go is written down as garbage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from clary.services.ecr.layers.garbage import garbage
from clary.services.ecr.layers.storage import Bytes
from clary.store.api import Exists, Tx

COLUMNS = "repository, digest, scope, place, size, sizes, cipher, media_type, touched"


class Layer(NamedTuple):
    """A layer as it is stored."""

    repository: str
    digest: str
    scope: str
    place: str
    size: int
    sizes: str
    cipher: int
    media_type: str
    touched: float

    @property
    def bytes(self) -> Bytes:
        return Bytes(self.place, self.cipher, tuple(orjson.loads(self.sizes)))


def find(tx: Tx, repository: str, digest: str) -> Layer | None:
    """Return a layer that the repository has."""
    rows = tx.sql(f"select {COLUMNS} from ecr_layer where repository = ? and digest = ?", repository, digest)
    return Layer(*rows[0]) if rows else None


def in_registry(tx: Tx, scope: str, digest: str) -> Layer | None:
    """Return a layer that some repository of the registry has, under the registry's own key."""
    rows = tx.sql(
        f"select {COLUMNS} from ecr_layer where scope = ? and digest = ? and cipher <> 0 limit 1",
        scope,
        digest,
    )
    return Layer(*rows[0]) if rows else None


def add(tx: Tx, layer: Layer) -> bool:
    """Insert a layer; return False where the repository has it already."""
    marks = ", ".join("?" * len(layer))
    try:
        tx.sql(f"insert into ecr_layer ({COLUMNS}) values ({marks})", *layer)
    except Exists:
        return False
    return True


def touch(tx: Tx, repository: str, digests: Iterable[str], now: float) -> None:
    """Note that somebody counts on these layers, so that they stay for a while without an image that names them."""
    tx.sql_many(
        "update ecr_layer set touched = ? where repository = ? and digest = ?",
        [(now, repository, digest) for digest in digests],
    )


def call(tx: Tx, repository: str, digest: str, media_type: str) -> None:
    """Write down the media type that a manifest gives a layer, unless an earlier one gave it another."""
    tx.sql(
        "update ecr_layer set media_type = ? where repository = ? and digest = ? and media_type = ''",
        media_type, repository, digest,
    )  # fmt: skip


def drop(tx: Tx, layers: Sequence[Layer], now: float) -> None:
    """Delete layers, and let their bytes go."""
    tx.sql_many(
        "delete from ecr_layer where repository = ? and digest = ?",
        [(layer.repository, layer.digest) for layer in layers],
    )
    let_go(tx, (layer.place for layer in layers), now)


def drop_all(tx: Tx, repository: str, now: float) -> None:
    """Delete all layers of a repository."""
    rows = tx.sql("delete from ecr_layer where repository = ? returning place", repository)
    let_go(tx, (place for (place,) in rows), now)


def let_go(tx: Tx, places: Iterable[str], now: float) -> None:
    """Write down that a row no longer names these blobs. The sweep deletes those that no other row names."""
    garbage.let_go(tx, places, now)


def unused(tx: Tx, before: float, limit: int) -> list[Layer]:
    """Return layers that no image of their repository names and that nobody has touched since."""
    rows = tx.sql(
        f"select {COLUMNS} from ecr_layer where touched < ? and not exists (select 1 from ecr_reference where "
        "ecr_reference.repository = ecr_layer.repository and kind = 'layer' and ecr_reference.digest = ecr_layer.digest) "
        "order by touched limit ?",
        before, limit,
    )  # fmt: skip
    return [Layer(*row) for row in rows]
