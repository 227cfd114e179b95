"""Blobs that no row of any service names, because a process died between storing bytes and writing their row.

To find them, every blob is looked at: once a day, whichever service's sweep comes first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from clary.plane.blobs import columns_of, named
from clary.plane.platform import Platform
from clary.plane.service import Service
from clary.store.api import Tx

# Seconds. An upload may take long between its first byte and its row, so younger blobs are never leftovers.
LEFTOVER_AGE = 24 * 3600.0
_SWEEP = 60.0  # seconds between sweeps
_DAY = 24 * 3600.0
_TURN = "leftovers"  # in the platform's extras: a lock, so that two services do not look at the same time


class Swept(NamedTuple):
    """When every blob was looked at last (seconds since the epoch), how many were deleted then, and in all."""

    at: float
    deleted: int
    total: int


class Sweep(Protocol):
    """Deletes what a service needs no more, and with `leftovers` what no service needs."""

    def __call__(self, platform: Platform, *, leftovers: bool) -> Awaitable[Any]: ...


def sweeping(service: Service, sweep: Sweep) -> Callable[[Platform], Any]:
    """Return background work that sweeps every minute."""
    log = logging.getLogger(f"clary.{service.name}")

    async def keep_swept(platform: Platform) -> None:
        while True:
            await asyncio.sleep(_SWEEP)
            try:
                async with platform.extras.setdefault(_TURN, asyncio.Lock()):
                    await sweep(platform, leftovers=await is_due(platform))
            except Exception:
                log.exception("Could not delete unused bytes; trying again in %d seconds", _SWEEP)

    return keep_swept


async def is_due(platform: Platform) -> bool:
    """Return whether it is time to look at every blob again."""
    last = await platform.store.run(last_swept, write=False)
    return last is None or platform.clock.now() >= last.at + _DAY


async def sweep_leftovers(platform: Platform) -> int:
    """Delete the old blobs that no row names, and return their number. Ask for the right to delete before (`objects.deleting`)."""
    columns = columns_of(platform.registry)
    live = await platform.store.run(lambda tx: set(named(tx, columns)), write=False)
    deleted = await platform.objects.sweep(live, LEFTOVER_AGE)
    await platform.store.run(lambda tx: _keep(tx, platform.clock.now(), deleted), write=True)
    return deleted


def last_swept(tx: Tx) -> Swept | None:
    """Return what the last look at every blob came to."""
    rows = tx.sql("SELECT at, deleted, total FROM leftover WHERE id = 1")
    return Swept._make(rows[0]) if rows else None


def _keep(tx: Tx, now: float, deleted: int) -> None:
    tx.sql(
        "INSERT INTO leftover (id, at, deleted, total) VALUES (1, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " at = excluded.at, deleted = excluded.deleted, total = leftover.total + excluded.deleted",
        now, deleted, deleted,
    )  # fmt: skip
