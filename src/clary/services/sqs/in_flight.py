"""How many messages of a queue may be out at once ("Amazon SQS message quotas", Developer Guide)."""

from __future__ import annotations

import asyncio

from clary.kernel import AwsError
from clary.plane.port import Plane
from clary.services.sqs.queue import Queue, business_now

MOST = 120_000
# Counting takes longer than receiving, so it is done now and then: more often where the limit is near.
_EVERY, _EVERY_NEAR = 5.0, 0.2  # seconds


async def check_in_flight(platform: Plane, queue: Queue) -> None:
    """Raise OverLimit where too many messages of a standard queue are out. A FIFO queue "returns no error messages"."""
    if queue.fifo:
        return
    known: dict[str, tuple[float, int]] = platform.extras.setdefault("sqs:in-flight", {})
    now = platform.clock.now()
    at, out = known.get(queue.id, (now, 0))
    if now - at >= (_EVERY_NEAR if out > MOST // 2 else _EVERY):
        out = await asyncio.to_thread(_count, platform, queue)
        known[queue.id] = (now, out)
    elif queue.id not in known:
        known[queue.id] = (now, 0)
    if out >= MOST:
        said = f"The maximum number of in flight messages ({MOST}) has been reached."
        raise AwsError("OverLimit", said, 403)


def _count(platform: Plane, queue: Queue) -> int:
    with platform.records.read() as tx:
        return tx.counts(queue.id, business_now(platform)).out
