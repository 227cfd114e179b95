"""Takes away bytes that no row names: what was replaced or deleted a while ago, and what a crash left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from clary.plane import Platform
from clary.store.api import Tx

# Long enough for whoever read a row before it went to have opened its bytes, and for a copy under way to commit.
GRACE = 60.0
# Uploads take their time between their first byte and their row; nothing younger is anybody's leftover.
LEFTOVER_AGE = 24 * 3600.0
# A completed upload answers again this long.
ANSWER_AGE = 24 * 3600.0
_BATCH = 1000


class Swept(NamedTuple):
    """How many blobs went because rows gave them up, how many because no row ever named them, and how many
    remembered answers of completed uploads were forgotten."""

    discarded: int
    leftovers: int
    answers: int


async def sweep(platform: Platform, *, leftovers: bool = False) -> Swept:
    """Delete what is due. Cheap; call it every minute or so. With `leftovers` every blob is looked at: seldom. Nothing is
    deleted while a backup copies objects."""
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
    lost = 0
    if leftovers:
        live = await platform.store.run(_live, write=False)
        lost = await platform.objects.sweep(live, LEFTOVER_AGE)
    return Swept(discarded, lost, answers)


def _due(tx: Tx, now: float) -> list[str]:
    """Blobs given up long enough ago that no row names; those that a copy still names stay and are forgotten here:
    whoever drops the last name gives them up again."""
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


def named(tx: Tx) -> Iterator[str]:
    """Every blob that a row names, sorted; read as they are asked for, within this transaction."""
    last = ""
    while rows := tx.sql(
        "SELECT place FROM s3_object WHERE place > ? UNION SELECT place FROM s3_part WHERE place > ? ORDER BY 1 LIMIT ?",
        last,
        last,
        _BATCH,
    ):
        for (last,) in rows:
            yield last


def _forget(tx: Tx, blobs: list[str]) -> None:
    tx.sql_many("DELETE FROM s3_garbage WHERE place = ?", [(blob,) for blob in blobs])


def _forget_answers(tx: Tx, now: float) -> int:
    stale = "result <> '' AND initiated < ?"
    found = tx.sql(f"SELECT COUNT(*) FROM s3_upload WHERE {stale}", int(now - ANSWER_AGE))[0][0]
    if found:
        tx.sql(f"DELETE FROM s3_upload WHERE {stale}", int(now - ANSWER_AGE))
    return found


def _live(tx: Tx) -> set[str]:
    """Every blob that a row names, or that this sweep is still to judge."""
    objects = tx.sql("SELECT place FROM s3_object WHERE place <> ''")
    parts = tx.sql("SELECT place FROM s3_part")
    garbage = tx.sql("SELECT place FROM s3_garbage")
    return {blob for rows in (objects, parts, garbage) for (blob,) in rows}
