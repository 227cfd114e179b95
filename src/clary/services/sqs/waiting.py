"""Long polling: waiting for a message, whichever gateway it is sent through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from clary.plane import Context
from clary.plane.signals import Closing
from clary.services.sqs.queue import Queue
from clary.services.sqs.taking import Taken

# Nobody tells when a message becomes visible again, or is a dead letter, or business time is moved.
_LOOK = 1.0  # seconds


async def poll(ctx: Context, queue: Queue, look: Callable[[], Awaitable[Taken]], seconds: float) -> Taken:
    """Return what `look` finds as soon as it finds something, or what it finds after so many seconds."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    with ctx.platform.signals.watch(queue.topic) as watch:
        while True:
            found = await look()
            left = end - clock()
            if found or left <= 0:
                return found
            try:
                await watch.wait(min(left, _LOOK))
            except Closing:
                return found
