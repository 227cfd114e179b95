"""Delete bytes that no row refers to: those of replaced or deleted objects, and those that a crash left
behind."""

from __future__ import annotations

from typing import NamedTuple

from clary.plane import Platform
from clary.plane.blobs import sweep_leftovers
from clary.store.api import Tx

# Seconds. Long enough for a reader that has the row to open the bytes, and for a running copy to commit.
GRACE = 60.0
# For so long, completing an upload again returns the same answer.
ANSWER_AGE = 24 * 3600.0
_BATCH = 1000


class Swept(NamedTuple):
    """What a sweep deleted: blobs that rows had discarded, blobs that no row ever referred to, and kept
    answers of completed uploads."""

    discarded: int
    leftovers: int
    answers: int


async def sweep(platform: Platform, *, leftovers: bool = False) -> Swept:
    """Delete what is due; cheap enough for every minute. Do nothing while a backup copies objects.

    `leftovers` looks at every blob, which is expensive.
    """
    with platform.objects.deleting() as may_delete:
        return await _sweep(platform, leftovers) if may_delete else Swept(0, 0, 0)


async def _sweep(platform: Platform, leftovers: bool) -> Swept:
    now = platform.clock.now()
    discarded = 0
    while batch := await platform.store.run(lambda tx: _due(tx, now), write=True):
        for blob in batch:
            await platform.objects.delete(blob)
        discarded += len(batch)
        await platform.store.run(lambda tx, batch=batch: _forget(tx, batch), write=True)  # type: ignore[misc]
    answers = await platform.store.run(lambda tx: _forget_answers(tx, now), write=True)
    lost = await sweep_leftovers(platform) if leftovers else 0
    return Swept(discarded, lost, answers)


def _due(tx: Tx, now: float) -> list[str]:
    """Return discarded blobs whose grace period is over and that no row refers to.

    Blobs that a copy still refers to are taken off the list: the last row that refers to them discards them
    again.
    """
    rows = tx.sql("SELECT place FROM s3_garbage WHERE since <= ? ORDER BY since LIMIT ?", now - GRACE, _BATCH)
    named = [blob for (blob,) in rows if _is_named(tx, blob)]
    _forget(tx, named)
    due = [blob for (blob,) in rows if blob not in set(named)]
    return due or (_due(tx, now) if named else [])


def _is_named(tx: Tx, blob: str) -> bool:
    return bool(
        tx.sql("SELECT 1 FROM s3_object WHERE place = ? AND place <> '' LIMIT 1", blob)
        or tx.sql("SELECT 1 FROM s3_part WHERE place = ? LIMIT 1", blob)
    )


def _forget(tx: Tx, blobs: list[str]) -> None:
    tx.sql_many("DELETE FROM s3_garbage WHERE place = ?", [(blob,) for blob in blobs])


def _forget_answers(tx: Tx, now: float) -> int:
    stale = "result <> '' AND initiated < ?"
    found = tx.sql(f"SELECT COUNT(*) FROM s3_upload WHERE {stale}", int(now - ANSWER_AGE))[0][0]
    if found:
        tx.sql(f"DELETE FROM s3_upload WHERE {stale}", int(now - ANSWER_AGE))
    return found
