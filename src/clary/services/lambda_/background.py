"""What goes on in gateways beside requests: one of them has the pool of environments, and deals with events."""

from __future__ import annotations

import asyncio
import logging

from clary.plane import Platform
from clary.services.lambda_.events import queue
from clary.services.lambda_.functions.noun import KIND
from clary.services.lambda_.running import owner
from clary.services.lambda_.service import lambda_

log = logging.getLogger("clary.lambda")

_EVERY = 2.0  # seconds until a process looks whether nobody has the pool


@lambda_.background(kinds=(KIND,))
async def keep_pool(platform: Platform) -> None:
    """Have the pool if nobody has it; deal with events while this process has it."""
    try:
        while True:
            try:
                if await owner.claim(platform) is not None:
                    await queue.work(platform)
            except Exception:
                log.exception("the pool of functions could not be had; trying again")
            await asyncio.sleep(_EVERY)
    finally:
        await owner.leave(platform)
