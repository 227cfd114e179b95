"""What goes on beside the requests: messages of deleted queues and those that are too old are deleted, purges finished, metrics
stored. The store says what is to be done, so that nothing is lost when a process dies."""

from __future__ import annotations

import asyncio
import logging

from clary.plane import Query, Record
from clary.plane.port import Plane
from clary.plane.samples import Sample
from clary.records.api import Counts
from clary.services.sqs import retention
from clary.services.sqs.meter import Meter, Samples, store
from clary.services.sqs.names import QUEUE
from clary.services.sqs.purging import purge
from clary.services.sqs.queue import Queue, business_now, queue_of
from clary.services.sqs.service import sqs
from clary.store.api import Tx

log = logging.getLogger("clary.sqs")

_MINUTE = 60.0
_PAGE = 500
_AT_ONCE = 5000
_ALL = 1 << 62
_KEPT_SECONDS = 60  # after a deletion: what was being sent meanwhile is there by then


@sqs.background(kinds=(QUEUE.kind,))
async def store_counts(platform: Plane) -> None:
    """Store once a minute what this gateway has counted."""
    while True:
        await asyncio.sleep(_MINUTE)
        await flush(platform)


async def flush(platform: Plane) -> None:
    for arn, samples in Meter.of(platform).take().items():
        try:
            await store(platform, arn, samples)
        except Exception:
            log.exception("metrics of %s could not be stored", arn)


@sqs.background(kinds=(QUEUE.kind,), tables=("sqs_deleted_queue",), alone=True)
async def sweep(platform: Plane) -> None:
    """Look after all queues once a minute."""
    while True:
        try:
            await sweep_once(platform)
        except Exception:
            log.exception("the queues could not be looked after; trying again")
        await asyncio.sleep(_MINUTE)


async def sweep_once(platform: Plane) -> None:
    """Look after all queues."""
    await _drop_deleted(platform)
    after: tuple[str, str, str] | None = None
    while page := await platform.store.run(lambda tx, a=after: _page(tx, a), write=False):
        for record, queue in page:
            await _look_after(platform, record, queue)
        last = page[-1][0]
        after = (last.id, last.id, last.scope)


def _page(tx: Tx, after: tuple[str, str, str] | None) -> list[tuple[Record, Queue]]:
    found = tx.list(QUEUE.kind, None, Query(order="id", after=after, limit=_PAGE))
    return [(record, queue_of(tx, record)) for record in found]


async def _look_after(platform: Plane, record: Record, queue: Queue) -> None:
    await retention.expire(platform, queue)
    if (through := record.private.get("purging")) is not None:
        await purge(platform, queue.place, queue.id, through)
    seen = await asyncio.to_thread(_seen, platform, queue)
    if seen:
        await store(platform, queue.arn, seen)


def _seen(platform: Plane, queue: Queue) -> Samples:
    """Return how many messages there are and how old the oldest is; nothing for an empty queue."""
    now = business_now(platform)
    with platform.records.read() as tx:
        oldest = tx.oldest(queue.id)
        if oldest is None:
            return {}
        return _samples(tx.counts(queue.id, now), now - oldest)


def _samples(counts: Counts, age: float) -> Samples:
    values = {
        "ApproximateNumberOfMessagesVisible": counts.waiting,
        "ApproximateNumberOfMessagesNotVisible": counts.out,
        "ApproximateNumberOfMessagesDelayed": counts.delayed,
        "ApproximateAgeOfOldestMessage": age,
    }
    return {name: Sample(1, value, value, value) for name, value in values.items()}


async def _drop_deleted(platform: Plane) -> None:
    """Delete the messages of queues that were deleted, then what says so."""
    before = business_now(platform) - _KEPT_SECONDS
    rows = await platform.store.run(
        lambda tx: tx.sql("select queue from sqs_deleted_queue where deleted <= ?", before), write=False
    )
    for (queue,) in rows:
        for name in (queue, f"{queue}a"):
            await _drop(platform, name)
        await platform.store.run(
            lambda tx, q=queue: tx.sql("delete from sqs_deleted_queue where queue = ?", q), write=True
        )


async def _drop(platform: Plane, name: str) -> None:
    while await platform.records.run(lambda tx: tx.purge(name, _ALL, _AT_ONCE), write=True) == _AT_ONCE:
        pass
    await platform.records.run(lambda tx: tx.drop(name), write=True)
