"""Delete bytes that no row refers to: those of replaced or deleted objects, and those that a crash left
behind."""

from __future__ import annotations

from typing import NamedTuple

from clary.plane import Platform
from clary.plane.upkeep.leftovers import sweep_leftovers, sweeping
from clary.services.s3.garbage import garbage
from clary.services.s3.service import s3
from clary.store.api import Tx

# Seconds. For so long, completing an upload again returns the same answer.
ANSWER_AGE = 24 * 3600.0


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
    discarded = await garbage.delete_due(platform)
    answers = await platform.store.run(lambda tx: _forget_answers(tx, now), write=True)
    return Swept(discarded, await sweep_leftovers(platform) if leftovers else 0, answers)


def _forget_answers(tx: Tx, now: float) -> int:
    stale = "result <> '' AND initiated < ?"
    found = tx.sql(f"SELECT COUNT(*) FROM s3_upload WHERE {stale}", int(now - ANSWER_AGE))[0][0]
    if found:
        tx.sql(f"DELETE FROM s3_upload WHERE {stale}", int(now - ANSWER_AGE))
    return found


keep_swept = s3.background(sweeping(s3, sweep), tables=("s3_bucket",), alone=True)
