"""Messages are taken out of a queue, in one transaction of the records."""

from __future__ import annotations

from typing import NamedTuple

from clary.plane.port import Plane
from clary.records.api import Delivery, Message, Records
from clary.services.sqs import retention
from clary.services.sqs.queue import Queue, business_now

_ATTEMPT_SECONDS = 300  # "within 5 minutes" (ReceiveRequestAttemptId)
_EXPIRED_AT_ONCE = 500
_MOST_ATTEMPTS = 100


class Wanted(NamedTuple):
    """How many messages at the most, for how many seconds they are hidden (-1: as the queue says), and the attempt's id."""

    most: int
    hidden: int
    attempt: str


class Taken(NamedTuple):
    """Messages, and when they were received (business time)."""

    deliveries: list[Delivery]
    at: float

    def __bool__(self) -> bool:
        return bool(self.deliveries)


async def take(platform: Plane, queue: Queue, wanted: Wanted) -> Taken:
    """Return visible messages, now hidden. A queue that has none is only read, however many wait for it."""
    now = business_now(platform)
    attempt = wanted.attempt if queue.fifo else ""

    def has_any(tx: Records) -> bool:
        visible = tx.next_visible(queue.id)
        return visible is not None and visible <= now

    if not attempt and not await platform.records.run(has_any, write=False):
        return Taken([], now)
    found = await platform.records.run(lambda tx: _take(tx, queue, wanted, attempt, now), write=True)
    return Taken(found, now)


def _take(tx: Records, queue: Queue, wanted: Wanted, attempt: str, now: float) -> list[Delivery]:
    if attempt:
        attempt, before = _as_before(tx, queue, attempt, now)
        if before:
            return before
    if retention.is_overdue(tx, queue, now):
        tx.expire(queue.id, retention.limit(queue, now), _EXPIRED_AT_ONCE)
    seconds = wanted.hidden if wanted.hidden >= 0 else queue.number("VisibilityTimeout")
    found = tx.receive(queue.id, now, until=now + seconds, most=wanted.most, dead=queue.dead)
    late = [one.receipt for one in found if one.sent <= retention.limit(queue, now)]
    tx.delete(queue.id, late)
    kept = [one for one in found if one.receipt not in late]
    if attempt and kept:
        _remember(tx, queue, attempt, kept, now)
    return kept


# A second attempt with the same id gets the same messages with the same receipt handles, while they are hidden. The first
# one's receipts are kept as the id of an empty message in a queue beside, whose key is the id of the attempt and a number:
# once the messages are visible again or deleted, the same id begins a new attempt.


def _beside(queue: Queue) -> str:
    return f"{queue.id}a"


def _as_before(tx: Records, queue: Queue, attempt: str, now: float) -> tuple[str, list[Delivery]]:
    """Return the key of this attempt, and what it got before: nothing if it is a new one."""
    for number in range(_MOST_ATTEMPTS):
        key = f"{attempt} {number}"
        kept = tx.keyed(_beside(queue), key, now)
        if kept is None:
            return key, []
        found = [tx.out(queue.id, receipt) for receipt in kept.id.split(" ")]
        there = [one for one in found if one is not None and one.visible > now]
        if len(there) == len(found):
            return key, there
    return "", []


def _remember(tx: Records, queue: Queue, key: str, those: list[Delivery], now: float) -> None:
    tx.expire(_beside(queue), now - _ATTEMPT_SECONDS)
    receipts = " ".join(one.receipt for one in those)
    message = Message(receipts, b"", key=key, key_seconds=_ATTEMPT_SECONDS)
    tx.send(_beside(queue), [message], now)


async def give_back(platform: Plane, queue: Queue, taken: Taken) -> None:
    """Make messages visible again at once."""

    def work(tx: Records) -> None:
        for one in taken.deliveries:
            tx.hide(queue.id, one.receipt, taken.at)

    await platform.records.run(work, write=True)
