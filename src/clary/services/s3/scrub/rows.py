"""Where the scrub is, and what it found damaged, as rows. Reads no bytes."""

from __future__ import annotations

from typing import Any, NamedTuple

from clary.services.s3.object_rows import Row
from clary.store.api import Tx

_COLUMNS = ", ".join(f"o.{name}" for name in ("bucket", *Row._fields)).replace("o.blob", "o.place")


class Place(NamedTuple):
    """A version's primary key."""

    bucket: str = ""
    key: str = ""
    seq: int = -(1 << 62)


class Pass(NamedTuple):
    """How far a pass through all versions is. `begun` is 0 before the first one."""

    after: Place = Place()
    begun: float = 0.0


class Damage(NamedTuple):
    """A version that was found damaged: `found` in epoch seconds."""

    bucket: str
    key: str
    version: str
    reason: str
    found: float


def current(tx: Tx) -> Pass:
    """Return the pass that goes on, or the last one."""
    rows = tx.sql("SELECT bucket, key, seq, begun FROM s3_scrub WHERE id = 1")
    return Pass(Place._make(rows[0][:3]), rows[0][3]) if rows else Pass()


def keep(tx: Tx, now: Pass) -> None:
    tx.sql(
        "INSERT INTO s3_scrub (id, bucket, key, seq, begun) VALUES (1, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " bucket = excluded.bucket, key = excluded.key, seq = excluded.seq, begun = excluded.begun",
        *now.after, now.begun,
    )  # fmt: skip


def following(tx: Tx, after: Place, limit: int) -> list[tuple[Place, Row]]:
    """Return the next versions that have bytes."""
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM s3_object o WHERE (o.bucket, o.key, o.seq) > (?, ?, ?) AND o.size > 0 AND o.marker = 0"
        " ORDER BY o.bucket, o.key, o.seq LIMIT ?",
        *after, limit,
    )  # fmt: skip
    found = [(row[0], Row._make(row[1:])) for row in rows]
    return [(Place(bucket, row.key, row.seq), row) for bucket, row in found]


def note(tx: Tx, place: Place, row: Row, reason: str, now: float) -> bool:
    """Write down that a version is damaged, or with no `reason` that it is not. Return False for what was known."""
    known = tx.sql(f"SELECT reason FROM s3_damaged WHERE {_SAME}", *place)
    tx.sql(f"DELETE FROM s3_damaged WHERE {_SAME}", *place)
    if reason:
        tx.sql(
            "INSERT INTO s3_damaged (bucket, key, seq, version, blob, reason, found) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *place, row.version, row.blob, reason, now,
        )  # fmt: skip
    return bool(reason) and not known


def is_there(tx: Tx, place: Place, row: Row) -> bool:
    """Return whether a version still has the bytes that were read."""
    found = tx.sql(f"SELECT place FROM s3_object WHERE {_SAME}", *place)
    return bool(found) and found[0][0] == row.blob


def damaged(tx: Tx, limit: int) -> list[Damage]:
    """Return versions that are damaged and still there, the first found first."""
    rows: list[Any] = tx.sql(
        "SELECT d.bucket, d.key, d.version, d.reason, d.found FROM s3_damaged d JOIN s3_object o"
        " ON o.bucket = d.bucket AND o.key = d.key AND o.seq = d.seq AND o.place = d.blob ORDER BY d.found LIMIT ?",
        limit,
    )
    return [Damage._make(row) for row in rows]


def forget_gone(tx: Tx) -> None:
    """Forget damage of versions that are gone, or have other bytes by now."""
    tx.sql(
        "DELETE FROM s3_damaged WHERE NOT EXISTS (SELECT 1 FROM s3_object o WHERE o.bucket = s3_damaged.bucket"
        " AND o.key = s3_damaged.key AND o.seq = s3_damaged.seq AND o.place = s3_damaged.blob)"
    )


_SAME = "bucket = ? AND key = ? AND seq = ?"
