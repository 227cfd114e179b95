"""Stores of MLflow servers whose record has gone without its controller, as by a restored database."""

from __future__ import annotations

import asyncio
import logging

from clary.plane import Platform, Query
from clary.services.sagemaker.mlflow import life, places
from clary.services.sagemaker.service import sagemaker

log = logging.getLogger("clary.sagemaker")

_EVERY = 3600.0  # seconds
_KINDS = (places.TRACKING_SERVER, places.APP)
_PREFIX = "mlflow-"
_MOST = 100_000


@sagemaker.background(kinds=_KINDS, alone=True)
async def keep_stores_swept(platform: Platform) -> None:
    """Remove such stores every hour."""
    while True:
        await asyncio.sleep(_EVERY)
        try:
            await asyncio.to_thread(sweep, platform)
        except Exception:
            log.exception("could not remove stores of MLflow servers; trying again")


def sweep(platform: Platform) -> list[str]:
    """Remove the stores that no record has; return their names. The list of stores comes first: a record is written before
    its store is made."""
    there = [name for name in platform.runs.lasting() if name.startswith(_PREFIX)]
    with platform.store.read() as tx:
        records = [record for kind in _KINDS for record in tx.list(kind, None, Query(limit=_MOST))]
    left = sorted(set(there) - {life.store_of(record) for record in records})
    for name in left:
        platform.runs.discard(name)
    return left
