"""The versions of a bucket in order, some at a time. Knows no operation."""

from __future__ import annotations

from typing import Any

from clary.store.api import Tx


def versions_after(
    tx: Tx, columns: str, bucket: str, key: str, seq: int, limit: int
) -> list[tuple[Any, ...]]:
    """Return the versions that follow one, by key and then from the newest to the oldest; key '' for the first ones."""
    select = f"SELECT {columns} FROM s3_object WHERE bucket = ?"
    rows = tx.sql(f"{select} AND key = ? AND seq > ? ORDER BY seq LIMIT ?", bucket, key, seq, limit)
    if len(rows) < limit:
        rows = rows + tx.sql(
            f"{select} AND key > ? ORDER BY key, seq LIMIT ?", bucket, key, limit - len(rows)
        )
    return rows
