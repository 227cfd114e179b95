"""Uploads under way and the parts that have come: their rows."""

from __future__ import annotations

from typing import NamedTuple

from clary.services.ecr.layers import rows
from clary.services.ecr.layers.storage import Bytes, Stored
from clary.store.api import Tx


class Upload(NamedTuple):
    """An upload, and how many bytes of it have come."""

    id: str
    repository: str
    size: int


class Part(NamedTuple):
    """A part of an upload, which begins at the byte `first`."""

    first: int
    size: int
    place: str
    cipher: int
    sha256: str

    @property
    def bytes(self) -> Bytes:
        return Bytes(self.place, self.cipher, (self.size,))


def begin(tx: Tx, id: str, repository: str, now: float) -> None:
    tx.sql("insert into ecr_upload (id, repository, size, touched) values (?, ?, 0, ?)", id, repository, now)


def find(tx: Tx, id: str, repository: str) -> Upload | None:
    found = tx.sql(
        "select id, repository, size from ecr_upload where id = ? and repository = ?", id, repository
    )
    return Upload(*found[0]) if found else None


def parts(tx: Tx, id: str) -> list[Part]:
    found = tx.sql(
        "select first, size, place, cipher, sha256 from ecr_upload_part where upload = ? order by first", id
    )
    return [Part(*row) for row in found]


def add(tx: Tx, upload: Upload, stored: Stored, now: float) -> bool:
    """Add a part, which is not empty, at the end of an upload as it was read; return False where that has moved on since or
    is gone."""
    moved = tx.sql(
        "update ecr_upload set size = ?, touched = ? where id = ? and size = ? returning id",
        upload.size + stored.size, now, upload.id, upload.size,
    )  # fmt: skip
    if not moved:
        return False
    tx.sql(
        "insert into ecr_upload_part (upload, first, size, place, cipher, sha256) values (?, ?, ?, ?, ?, ?)",
        upload.id, upload.size, stored.size, stored.place, stored.cipher, stored.digest,
    )  # fmt: skip
    return True


def drop(tx: Tx, id: str, now: float, kept: str = "") -> None:
    """Delete an upload, and let the bytes of its parts go, but for one blob that another row names by now."""
    tx.sql("delete from ecr_upload where id = ?", id)
    gone = tx.sql("delete from ecr_upload_part where upload = ? returning place", id)
    rows.let_go(tx, (place for (place,) in gone if place != kept), now)


def drop_all(tx: Tx, repository: str, now: float) -> None:
    """Delete the uploads of a repository."""
    for (id,) in tx.sql("select id from ecr_upload where repository = ?", repository):
        drop(tx, id, now)


def stale(tx: Tx, before: float, limit: int) -> list[str]:
    """Return the uploads that nobody has continued since."""
    found = tx.sql("select id from ecr_upload where touched < ? order by touched limit ?", before, limit)
    return [id for (id,) in found]
