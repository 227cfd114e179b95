"""What goes on in the gateway beside S3's requests: bytes that no row names any more go back to the disk."""

from __future__ import annotations

import asyncio
import logging

from clary.plane import Platform
from clary.services.s3.service import s3
from clary.services.s3.sweep import sweep

log = logging.getLogger("clary.s3")

_EVERY = 60.0
# Once in so many sweeps every blob is looked at: what a crash left behind.
_THOROUGH = 24 * 60


@s3.background
async def keep_swept(platform: Platform) -> None:
    """Sweep every minute, thoroughly once a day and soon after a start."""
    turn = 0
    while True:
        await asyncio.sleep(_EVERY)
        try:
            await sweep(platform, leftovers=turn % _THOROUGH == 0)
        except Exception:
            log.exception("the sweep failed")
        turn += 1
