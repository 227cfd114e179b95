"""The images of repositories, their tags and references: their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from clary.services.ecr.images.manifests import Manifest
from clary.store.api import Tx

_COLUMNS = "repository, digest, media_type, artifact_type, config_type, subject, annotations, manifest, size, pushed, pulled"
_TABLES = ("ecr_image", "ecr_tag", "ecr_reference", "ecr_replication")


class Image(NamedTuple):
    """An image as it is stored. Times are of the machine."""

    repository: str
    digest: str
    media_type: str
    artifact_type: str
    config_type: str
    subject: str
    annotations: str
    manifest: str
    size: int
    pushed: float
    pulled: float | None


def find(tx: Tx, repository: str, digest: str) -> Image | None:
    rows = tx.sql(f"select {_COLUMNS} from ecr_image where repository = ? and digest = ?", repository, digest)
    return Image(*rows[0]) if rows else None


def tagged(tx: Tx, repository: str, tag: str) -> str | None:
    """Return the digest of the image that a tag leads to."""
    rows = tx.sql("select digest from ecr_tag where repository = ? and tag = ?", repository, tag)
    return rows[0][0] if rows else None


def tags(tx: Tx, repository: str, digest: str) -> list[str]:
    """Return the tags that lead to an image, sorted."""
    rows = tx.sql(
        "select tag from ecr_tag where repository = ? and digest = ? order by tag", repository, digest
    )
    return [tag for (tag,) in rows]


def count(tx: Tx, repository: str) -> int:
    return tx.sql("select count(*) from ecr_image where repository = ?", repository)[0][0]


def after(tx: Tx, repository: str, digest: str, limit: int, than: str = ">") -> list[Image]:
    """Return the images after this one, in the order of their digests."""
    rows = tx.sql(
        f"select {_COLUMNS} from ecr_image where repository = ? and digest {than} ? order by digest limit ?",
        repository, digest, limit,
    )  # fmt: skip
    return [Image(*row) for row in rows]


def since(tx: Tx, repository: str, digest: str, limit: int) -> list[Image]:
    """Return the images from this one on."""
    return after(tx, repository, digest, limit, ">=")


def insert(tx: Tx, repository: str, manifest: Manifest, now: float) -> None:
    """Insert an image and what it names."""
    annotations = orjson.dumps(manifest.annotations).decode() if manifest.annotations else ""
    row: Sequence[Any] = (
        repository, manifest.digest, manifest.media_type, manifest.artifact_type, manifest.config_type,
        manifest.subject, annotations, manifest.text, manifest.size, now, None,
    )  # fmt: skip
    tx.sql(f"insert into ecr_image ({_COLUMNS}) values ({', '.join('?' * len(row))})", *row)
    named = {("layer", one.digest) for one in manifest.layers} | {
        ("image", one.digest) for one in manifest.images
    }
    tx.sql_many(
        "insert into ecr_reference (repository, image, kind, digest) values (?, ?, ?, ?)",
        [(repository, manifest.digest, kind, digest) for kind, digest in sorted(named)],
    )


def pull(tx: Tx, repository: str, digest: str, now: float) -> None:
    tx.sql("update ecr_image set pulled = ? where repository = ? and digest = ?", now, repository, digest)


def put_tag(tx: Tx, repository: str, tag: str, digest: str) -> None:
    tx.sql(
        "insert into ecr_tag (repository, tag, digest) values (?, ?, ?) "
        "on conflict (repository, tag) do update set digest = excluded.digest",
        repository, tag, digest,
    )  # fmt: skip


def drop_tag(tx: Tx, repository: str, tag: str) -> None:
    tx.sql("delete from ecr_tag where repository = ? and tag = ?", repository, tag)


def indexes_of(tx: Tx, repository: str, digest: str) -> list[str]:
    """Return the indexes that name an image."""
    rows = tx.sql(
        "select image from ecr_reference where repository = ? and kind = 'image' and digest = ? order by image",
        repository, digest,
    )  # fmt: skip
    return [image for (image,) in rows]


def layers_of(tx: Tx, repository: str, digest: str) -> list[str]:
    """Return the digests of the layers that an image names."""
    rows = tx.sql(
        "select digest from ecr_reference where repository = ? and image = ? and kind = 'layer'",
        repository,
        digest,
    )
    return [layer for (layer,) in rows]


def referrers(tx: Tx, repository: str, subject: str, after: str, limit: int) -> list[Image]:
    """Return the next images whose subject is this one, in the order of their digests."""
    rows = tx.sql(
        f"select {_COLUMNS} from ecr_image where repository = ? and subject = ? and digest > ? order by digest limit ?",
        repository, subject, after, limit,
    )  # fmt: skip
    return [Image(*row) for row in rows]


def drop(tx: Tx, repository: str, digest: str) -> None:
    """Delete an image, its tags, what it names and what became of it elsewhere."""
    tx.sql("delete from ecr_image where repository = ? and digest = ?", repository, digest)
    tx.sql("delete from ecr_tag where repository = ? and digest = ?", repository, digest)
    tx.sql("delete from ecr_reference where repository = ? and image = ?", repository, digest)
    tx.sql("delete from ecr_replication where repository = ? and digest = ?", repository, digest)


def drop_all(tx: Tx, repository: str) -> None:
    """Delete all images of a repository."""
    for table in _TABLES:
        tx.sql(f"delete from {table} where repository = ?", repository)


def tags_after(tx: Tx, repository: str, tag: str, limit: int) -> list[str]:
    """Return the next tags of a repository, in their order."""
    rows = tx.sql(
        "select tag from ecr_tag where repository = ? and tag > ? order by tag limit ?",
        repository,
        tag,
        limit,
    )
    return [one for (one,) in rows]
