"""What goes on in gateways beside requests: one of them has the pool of environments, and deals with events."""

from __future__ import annotations

import asyncio
import logging

from clary.plane import Platform
from clary.plane.signals import Closing
from clary.services.lambda_.events import queue
from clary.services.lambda_.functions.noun import KIND
from clary.services.lambda_.mappings import poller
from clary.services.lambda_.running import owner
from clary.services.lambda_.service import lambda_

log = logging.getLogger("clary.lambda")

_EVERY = 2.0  # seconds until a process looks whether nobody has the pool


@lambda_.background(kinds=(KIND,))
async def keep_pool(platform: Platform) -> None:
    """Have the pool if nobody has it; deal with events while this process has it."""
    try:
        while await _goes_on(platform):
            await asyncio.sleep(_EVERY)
    finally:
        await owner.leave(platform)


async def _goes_on(platform: Platform) -> bool:
    """Work while this process has the pool. Return whether it goes on after that."""
    try:
        if await owner.claim(platform) is not None:
            await _work(platform)
    except ExceptionGroup as errors:
        if errors.subgroup(Closing):
            return False
        log.exception("functions could not be looked after; trying again")
    except Exception:
        log.exception("the pool of functions could not be had; trying again")
    return True


async def _work(platform: Platform) -> None:
    """Deal with events, and poll the queues of mappings, while this process has the pool."""
    async with asyncio.TaskGroup() as group:
        group.create_task(queue.work(platform))
        group.create_task(poller.keep(platform))
