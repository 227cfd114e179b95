"""Delete what nobody needs any more: uploads that were given up, layers that no image names, blobs that no row names.

A layer without an image stays for a day after somebody has uploaded it or asked for it: an image may be on its way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from clary.plane import Platform
from clary.plane.upkeep.leftovers import sweep_leftovers, sweeping
from clary.services.ecr.layers import rows, upload_rows
from clary.services.ecr.layers.garbage import garbage
from clary.services.ecr.service import ecr
from clary.store.api import Tx

UNUSED_AGE = 24 * 3600.0  # seconds
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
    uploads = await _dropped(platform, _drop_uploads)
    layers = await _dropped(platform, _drop_layers)
    blobs = await garbage.delete_due(platform)
    return Swept(uploads, layers, blobs, await sweep_leftovers(platform) if leftovers else 0)


async def _dropped(platform: Platform, drop: Callable[[Tx, float], int]) -> int:
    """Drop batches until nothing is left; return how much it was."""
    now, dropped = platform.clock.now(), 0
    while count := await platform.store.run(lambda tx: drop(tx, now), write=True):
        dropped += count
    return dropped


def _drop_uploads(tx: Tx, now: float) -> int:
    stale = upload_rows.stale(tx, now - UNUSED_AGE, _BATCH)
    for id in stale:
        upload_rows.drop(tx, id, now)
    return len(stale)


def _drop_layers(tx: Tx, now: float) -> int:
    unused = rows.unused(tx, now - UNUSED_AGE, _BATCH)
    rows.drop(tx, unused, now)
    return len(unused)


keep_swept = ecr.background(
    sweeping(ecr, sweep), tables=("ecr_layer", "ecr_upload", "ecr_garbage"), alone=True
)
