"""Delete what nobody needs any more: uploads that were given up, layers that no image names, blobs that no row names.

A layer without an image stays for a day after somebody has uploaded it or asked for it: an image may be on its way.
"""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

from clary.plane import Platform
from clary.plane.blobs import sweep_leftovers
from clary.services.ecr.layers import rows, upload_rows
from clary.services.ecr.service import ecr
from clary.store.api import Tx

log = logging.getLogger("clary.ecr")

UNUSED_AGE = 24 * 3600.0  # seconds, as all times here
GRACE = 60.0  # in which a reader who has seen the row opens the blob
_EVERY = 60.0
_THOROUGH = 24 * 60  # one sweep in so many looks at every blob, to find what a crash left behind
_BATCH = 500


class Swept(NamedTuple):
    """How much was deleted."""

    uploads: int
    layers: int
    blobs: int
    leftovers: int


async def sweep(platform: Platform, *, leftovers: bool = False) -> Swept:
    """Delete what is due. Do nothing while a backup copies blobs."""
    with platform.objects.deleting() as may_delete:
        return await _sweep(platform, leftovers) if may_delete else Swept(0, 0, 0, 0)


async def _sweep(platform: Platform, leftovers: bool) -> Swept:
    now = platform.clock.now()
    uploads = layers = blobs = 0
    while count := await platform.store.run(lambda tx: _drop_uploads(tx, now), write=True):
        uploads += count
    while count := await platform.store.run(lambda tx: _drop_layers(tx, now), write=True):
        layers += count
    while places := await platform.store.run(lambda tx: _due(tx, now), write=True):
        for place in places:
            await platform.objects.delete(place)
        await platform.store.run(lambda tx, places=places: _forget(tx, places), write=True)  # type: ignore[misc]
        blobs += len(places)
    return Swept(uploads, layers, blobs, await sweep_leftovers(platform) if leftovers else 0)


def _drop_uploads(tx: Tx, now: float) -> int:
    stale = upload_rows.stale(tx, now - UNUSED_AGE, _BATCH)
    for id in stale:
        upload_rows.drop(tx, id, now)
    return len(stale)


def _drop_layers(tx: Tx, now: float) -> int:
    unused = rows.unused(tx, now - UNUSED_AGE, _BATCH)
    rows.drop(tx, unused, now)
    return len(unused)


def _due(tx: Tx, now: float) -> list[str]:
    """Return blobs whose grace is over and that no row names. Those that a row names are taken off the list: the last row
    that lets them go puts them there again."""
    while True:
        found = tx.sql(
            "select place from ecr_garbage where since <= ? order by since limit ?", now - GRACE, _BATCH
        )
        places = [place for (place,) in found]
        named = [place for place in places if _is_named(tx, place)]
        _forget(tx, named)
        due = sorted(set(places) - set(named))
        if due or not places:
            return due


def _is_named(tx: Tx, place: str) -> bool:
    return bool(
        tx.sql("select 1 from ecr_layer where place = ? limit 1", place)
        or tx.sql("select 1 from ecr_upload_part where place = ? limit 1", place)
    )


def _forget(tx: Tx, places: list[str]) -> None:
    tx.sql_many("delete from ecr_garbage where place = ?", [(place,) for place in places])


@ecr.background(tables=("ecr_layer", "ecr_upload", "ecr_garbage"), alone=True)
async def keep_swept(platform: Platform) -> None:
    """Sweep every minute; look at every blob once a day and at the first sweep after a start."""
    turn = 0
    while True:
        await asyncio.sleep(_EVERY)
        try:
            await sweep(platform, leftovers=turn % _THOROUGH == 0)
        except Exception:
            log.exception("Could not delete unused layers; trying again in %d seconds", _EVERY)
        turn += 1
