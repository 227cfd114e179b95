"""Background work of S3 in the gateway: delete the bytes that no row refers to any more."""

from __future__ import annotations

import asyncio
import logging

from clary.plane import Platform
from clary.services.s3.service import s3
from clary.services.s3.sweep import sweep

log = logging.getLogger("clary.s3")

_EVERY = 60.0
# One sweep in this many (once a day) looks at every blob, to find what a crash left behind.
_THOROUGH = 24 * 60


@s3.background(tables=("s3_bucket",), alone=True)
async def keep_swept(platform: Platform) -> None:
    """Sweep every minute; look at every blob once a day and at the first sweep after a start."""
    turn = 0
    while True:
        await asyncio.sleep(_EVERY)
        try:
            await sweep(platform, leftovers=turn % _THOROUGH == 0)
        except Exception:
            log.exception("Could not delete unused object data; trying again in %d seconds", _EVERY)
        turn += 1
