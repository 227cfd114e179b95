"""The queue of asynchronous events: accepted means stored, dealt with at least once, tried again a minute and two minutes later.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. An event is a message of the records' store; the
process that has the pool receives it, and deletes it when it is done. Times are in business time.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from clary.kernel import AwsError, Caller
from clary.plane.port import Plane
from clary.records.api import Delivery, Message
from clary.services.lambda_ import names
from clary.services.lambda_.events import configuration, destinations
from clary.services.lambda_.events.destinations import Result
from clary.services.lambda_.names import Named
from clary.services.lambda_.running import orders, owner, trace
from clary.services.lambda_.running.order import Order

log = logging.getLogger("clary.lambda")

Params = dict[str, Any]
QUEUE = "lambda:events"
_CLOCK = "clock"  # the topic of moves of business time
_LEASE = 1200.0  # seconds: more than the longest timeout
_RETRIES, _AGE = 2, 21_600
_PAUSE = 60.0  # seconds before the first retry, and as many more before the next
_THROTTLED = 5.0
_AT_ONCE = 64
_LOOK = 5.0  # seconds between two looks, where no signal comes


@dataclass(frozen=True, slots=True)
class Event:
    """What was accepted. `taken` is when; `attempts` how many ended in an error of the function."""

    id: str
    partition: str
    scope: str
    name: str
    qualifier: str
    payload: str
    client_context: str
    trace: str
    taken: float
    attempts: int = 0

    @property
    def named(self) -> Named:
        account, _, region = self.scope.partition("/")
        return Named(self.partition, region, account, self.name, self.qualifier)

    def message(self, visible: float) -> Message:
        """Return the event as a message that is received from a moment on."""
        return Message(self.id, orjson.dumps(asdict(self)), visible)


async def add(platform: Plane, order: Order, named: Named, payload: bytes, now: float) -> None:
    """Accept an event. When this returns, it is stored."""
    event = Event(
        order.request_id, named.partition, named.scope, named.name, named.qualifier, payload.decode(), order.client_context,
        order.trace, now,
    )  # fmt: skip
    await platform.records.run(lambda tx: tx.send(QUEUE, [event.message(now)], now), write=True)
    platform.signals.notify(QUEUE)


async def work(platform: Plane) -> None:
    """Deal with events while this process has the pool."""
    under_way: dict[str, asyncio.Task[None]] = {}
    with platform.signals.watch(QUEUE, _CLOCK) as news:
        try:
            while owner.of(platform).pool is not None:
                await _begin(platform, under_way)
                await news.wait(await _pause(platform))
        finally:
            for task in under_way.values():
                task.cancel()


async def once(platform: Plane) -> None:
    """Deal with what is due, and return when that is done: for tests that say when."""
    under_way: dict[str, asyncio.Task[None]] = {}
    await _begin(platform, under_way)
    if under_way:
        await asyncio.wait(list(under_way.values()))


async def _pause(platform: Plane) -> float:
    """Return how many seconds there are until the next event is due."""
    due = await platform.records.run(lambda tx: tx.next_visible(QUEUE), write=False)
    return _LOOK if due is None else min(max(due - platform.business.now, 0.02), _LOOK)


async def _begin(platform: Plane, under_way: dict[str, asyncio.Task[None]]) -> None:
    """Begin with events that are due."""
    now = platform.business.now
    free = _AT_ONCE - len(under_way)
    if free <= 0:
        return
    found = await platform.records.run(
        lambda tx: tx.receive(QUEUE, now, until=now + _LEASE, most=free), write=True
    )
    for delivery in found:
        event = Event(**orjson.loads(delivery.body))
        if event.id in under_way:  # business time was moved beyond its lease
            continue
        task = asyncio.ensure_future(_deal(platform, event, delivery))
        under_way[event.id] = task
        task.add_done_callback(
            lambda _, id=event.id: under_way.pop(id, None) and platform.signals.notify(QUEUE)
        )


async def _deal(platform: Plane, event: Event, delivery: Delivery) -> None:
    """Have an event answered, and write down what follows. What fails otherwise is tried again when its lease ends."""
    try:
        await _dealt(platform, event, delivery)
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("an event of %s could not be dealt with; trying again", event.name)
        await _again(platform, delivery, _THROTTLED)


async def _dealt(platform: Plane, event: Event, delivery: Delivery) -> None:
    try:
        order = await orders.order_of(platform, event.named, event.id)
    except AwsError as error:
        if error.code == "ResourceConflictException" or not error.senders_fault:
            return await _again(platform, delivery, 1.0)
        log.warning("an event of %s is dropped, since its function cannot be had: %s", event.name, error)
        return await _done(platform, delivery)
    found = await platform.store.run(lambda tx: configuration.read(tx, event.named), write=False)
    wanted = found.doc if found else {}
    if platform.business.now - event.taken > wanted.get("MaximumEventAgeInSeconds", _AGE):
        await _fail(platform, event, delivery, order, wanted, Result("EventAgeExceeded", event.attempts))
        return None
    order = replace(order, trace=event.trace, client_context=event.client_context)
    outcome = await owner.invoke(platform, order, event.payload.encode())
    if outcome.refused:
        return await _again(platform, delivery, _THROTTLED)
    attempts = event.attempts + 1
    result = Result("Success", attempts, outcome.payload, outcome.error, outcome.version)
    if not outcome.error:
        await destinations.tell(platform, order, event, wanted, result, _forward(platform, event))
        return await _done(platform, delivery)
    return await _retry(platform, replace(event, attempts=attempts), delivery, order, wanted, result)


def _forward(platform: Plane, event: Event) -> destinations.Forward:
    """Return what gives another function the outcome of an event, unless that goes round in a loop."""

    async def forward(caller: Caller, target: str, payload: bytes) -> None:
        named = names.of_arn(target)
        if named is None:
            return
        asked = {"FunctionName": target, "InvocationType": "DryRun"}
        await platform.aperform("lambda", "Invoke", asked, caller, named.region)
        order = await orders.order_of(platform, named, platform.ids.uuid())
        passed_on, times = trace.passed_on(event.trace, named.arn, platform.ids, platform.clock.now())
        if trace.is_loop(times):
            log.warning("a loop of functions that %s is part of was ended", named.arn)
            return
        await add(platform, replace(order, trace=passed_on), named, payload, platform.business.now)

    return forward


async def _retry(
    platform: Plane, event: Event, delivery: Delivery, order: Order, wanted: Params, result: Result
) -> None:
    """Have an event tried again later, unless it was tried often enough or would be too old."""
    now, pause = platform.business.now, _PAUSE * event.attempts
    if event.attempts > wanted.get("MaximumRetryAttempts", _RETRIES):
        return await _fail(
            platform, event, delivery, order, wanted, replace(result, condition="RetriesExhausted")
        )
    if now + pause - event.taken > wanted.get("MaximumEventAgeInSeconds", _AGE):
        return await _fail(
            platform, event, delivery, order, wanted, replace(result, condition="EventAgeExceeded")
        )

    def later(tx: Any) -> None:
        if tx.delete(QUEUE, [delivery.receipt])[0]:
            tx.send(QUEUE, [event.message(now + pause)], now)

    await platform.records.run(later, write=True)
    return None


async def _fail(
    platform: Plane, event: Event, delivery: Delivery, order: Order, wanted: Params, result: Result
) -> None:
    await destinations.tell(platform, order, event, wanted, result, _forward(platform, event))
    pool = owner.of(platform).pool
    if pool is not None:
        pool.reports.count(order, "AsyncEventsDropped", 1)
    await _done(platform, delivery)


async def _done(platform: Plane, delivery: Delivery) -> None:
    await platform.records.run(lambda tx: tx.delete(QUEUE, [delivery.receipt]), write=True)


async def _again(platform: Plane, delivery: Delivery, seconds: float) -> None:
    until = platform.business.now + seconds
    await platform.records.run(lambda tx: tx.hide(QUEUE, delivery.receipt, until), write=True)
