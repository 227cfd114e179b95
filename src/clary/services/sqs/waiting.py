"""Long polling: waiting for a message, whichever gateway it is sent through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from clary.plane import Context
from clary.services.sqs.queue import Queue
from clary.services.sqs.taking import Taken

# No signal is sent when a message becomes visible again, or is a dead letter, or business time is moved.
_LOOK = 1.0  # seconds


async def poll(ctx: Context, queue: Queue, look: Callable[[], Awaitable[Taken]], seconds: float) -> Taken:
    """Return what `look` finds as soon as it finds something, or what it finds after so many seconds."""
    return await ctx.platform.signals.poll((queue.topic,), look, seconds, _LOOK)
