"""Blobs that rows of a service have let go: written down with the row that goes, and deleted a little later.

Another row may name the same blob, such as that of a copy. Then it stays, and the last row that lets it go puts it here again.
"""

from __future__ import annotations

from collections.abc import Iterable

from clary.plane.platform import Platform
from clary.store.api import Tx

GRACE = (
    60.0  # seconds in which a reader that has seen the row opens the blob, and a running copy is committed
)
_BATCH = 1000


class Garbage:
    """The garbage of a service, in its table `<service>_garbage` (place, since). `named` are the columns in which its rows name
    blobs (`s3_object.place`)."""

    def __init__(self, service: str, *named: str) -> None:
        self._table = f"{service}_garbage"
        self._named = [one.split(".") for one in named]

    def let_go(self, tx: Tx, blobs: Iterable[str], now: float) -> None:
        """Write down that a row no longer names these blobs."""
        tx.sql_many(
            f"INSERT INTO {self._table} (place, since) VALUES (?, ?)"
            " ON CONFLICT (place) DO UPDATE SET since = excluded.since",
            [(blob, now) for blob in set(blobs)],
        )

    async def delete_due(self, platform: Platform) -> int:
        """Delete the blobs whose grace is over and that no row names; return their number. Ask for the right to delete before
        (`objects.deleting`)."""
        before, deleted = platform.clock.now() - GRACE, 0
        while due := await platform.store.run(lambda tx: self._due(tx, before), write=True):
            for blob in due:
                await platform.objects.delete(blob)
            await platform.store.run(lambda tx, due=due: self._forget(tx, due), write=True)  # type: ignore[misc]
            deleted += len(due)
        return deleted

    def _due(self, tx: Tx, before: float) -> list[str]:
        while True:
            rows = tx.sql(
                f"SELECT place FROM {self._table} WHERE since <= ? ORDER BY since LIMIT ?", before, _BATCH
            )
            named = {blob for (blob,) in rows if self._is_named(tx, blob)}
            self._forget(tx, named)
            due = [blob for (blob,) in rows if blob not in named]
            if due or not rows:
                return due

    def _is_named(self, tx: Tx, blob: str) -> bool:
        return any(
            tx.sql(f"SELECT 1 FROM {table} WHERE {column} = ? AND {column} <> '' LIMIT 1", blob)
            for table, column in self._named
        )

    def _forget(self, tx: Tx, blobs: Iterable[str]) -> None:
        tx.sql_many(f"DELETE FROM {self._table} WHERE place = ?", [(blob,) for blob in blobs])
