"""Messages that are older than their queue keeps them are deleted: before anybody could see them, and by a sweep."""

from __future__ import annotations

from clary.plane.port import Plane
from clary.records.api import Records
from clary.services.sqs.queue import Queue, business_now

_AT_ONCE = 500


def limit(queue: Queue, now: float) -> float:
    """Return the time before which messages of a queue that were sent are deleted."""
    return now - queue.number("MessageRetentionPeriod")


def is_overdue(tx: Records, queue: Queue, now: float) -> bool:
    oldest = tx.oldest(queue.id)
    return oldest is not None and oldest <= limit(queue, now)


async def expire(platform: Plane, queue: Queue) -> None:
    """Delete what is too old, a part at a time."""
    now = business_now(platform)
    while True:
        if not await platform.records.run(lambda tx: is_overdue(tx, queue, now), write=False):
            return
        await platform.records.run(lambda tx: tx.expire(queue.id, limit(queue, now), _AT_ONCE), write=True)
