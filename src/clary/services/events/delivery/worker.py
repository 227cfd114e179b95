"""Deliver what is written down, some at a time, in every gateway: a message is out with one of them, and comes back if it dies.

Sources: "How EventBridge retries delivering events" and "Using dead-letter queues"
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html, eb-rule-dlq.html).
"""

from __future__ import annotations

import asyncio
import logging
import random

import orjson

from clary.access.directory import Directory
from clary.kernel import Arn, AwsError, Caller
from clary.plane import Platform
from clary.plane.signals import Closing
from clary.records.api import Delivery as Message
from clary.services.events.delivery import calls, dead_letters
from clary.services.events.delivery.backlog import QUEUE, TOPIC, Delivery
from clary.services.events.delivery.buses import is_bus, put_onto
from clary.services.events.names import bus_of_arn
from clary.services.events.service import events
from clary.store.api import Busy, NoSpace

log = logging.getLogger("clary.events")

_HIDDEN = 120.0  # seconds that a message is out with a gateway
_BATCH, _TOGETHER = 64, 16
_UNHEARD = 5.0  # seconds after which it looks by itself: signals are hints
_ATTEMPTS, _AGE = 185, 86_400  # the defaults of a RetryPolicy
_LONGEST_PAUSE = 600.0


@events.background(kinds=("events:Rule",))
async def keep_delivering(platform: Platform) -> None:
    """Deliver what is due, and wait for more."""
    with platform.signals.watch(TOPIC) as watch:
        while True:
            try:
                if await turn(platform):
                    continue
                await watch.wait(await _pause(platform))
            except Closing:
                return
            except (Busy, NoSpace) as error:
                log.warning("deliveries wait for the store: %s", error)
                await asyncio.sleep(1.0)
            except Exception:
                log.exception("A turn of deliveries failed; trying again")
                await asyncio.sleep(1.0)


async def _pause(platform: Platform) -> float:
    """Return how long nothing is due, as far as is known."""
    due = await platform.records.run(lambda records: records.next_visible(QUEUE), write=False)
    return _UNHEARD if due is None else max(0.01, min(_UNHEARD, due - platform.business.now))


async def turn(platform: Platform) -> int:
    """Deliver a batch of what is due; return how much that was."""
    now = platform.business.now
    due = await platform.records.run(lambda records: records.next_visible(QUEUE), write=False)
    if due is None or due > now:
        return 0
    batch = await platform.records.run(
        lambda records: records.receive(QUEUE, now, until=now + _HIDDEN, most=_BATCH), write=True
    )
    room = asyncio.Semaphore(_TOGETHER)
    done = await asyncio.gather(*(_one(platform, message, room) for message in batch))
    over = [message.receipt for message, ended in zip(batch, done, strict=True) if ended]
    if over:
        await platform.records.run(lambda records: records.delete(QUEUE, over), write=True)
    return len(batch)


async def _one(platform: Platform, message: Message, room: asyncio.Semaphore) -> bool:
    """Try a delivery; return whether it is over. One that is to be tried again is hidden until then."""
    delivery = Delivery.load(message.body)
    async with room:
        try:
            await deliver(platform, delivery, message.id)
            return True
        except AwsError as error:
            failed = error
        except Exception as error:
            log.warning("Could not deliver an event of %s", delivery.rule, exc_info=error)
            failed = AwsError("InternalError", str(error), 500)
        return await _failed(platform, message, delivery, failed)


async def deliver(platform: Platform, delivery: Delivery, id: str) -> None:
    """Make the call of a delivery. Raise its error."""
    caller = await _caller(platform, delivery)
    if is_bus(delivery.target["Arn"]):
        await put_onto(platform, bus_of_arn(delivery.target["Arn"]), orjson.loads(delivery.input), caller, id)
        return
    call = calls.call_of(delivery, platform.business.now)
    if call.operation == "PutLogEvents":
        await _make_stream(platform, call, caller)
    await platform.aperform(call.service, call.operation, call.params, caller, call.region, _owner(delivery))


def _owner(delivery: Delivery) -> str:
    return Arn.parse(delivery.target["Arn"]).account or delivery.account


async def _make_stream(platform: Platform, call: calls.Call, caller: Caller) -> None:
    params = {name: call.params[name] for name in ("logGroupName", "logStreamName")}
    try:
        await platform.aperform("logs", "CreateLogStream", params, caller, call.region)
    except AwsError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise


async def _caller(platform: Platform, delivery: Delivery) -> Caller:
    """Return EventBridge itself, on behalf of the rule, or as the target's role."""
    alone = Caller.of_service(events.principal, delivery.account, delivery.rule)
    role = delivery.target.get("RoleArn")
    if role is None:
        return alone
    directory: Directory = platform.extras["directory"]
    session = f"events-{delivery.event}"
    return await platform.store.run(lambda tx: directory.acting(tx, role, session, alone), write=False)


async def _failed(platform: Platform, message: Message, delivery: Delivery, error: AwsError) -> bool:
    """Say what follows a failure: the next try later, or the dead-letter queue. Return whether the delivery is over."""
    policy = delivery.target.get("RetryPolicy", {})
    now = platform.business.now
    condition = ""
    if message.receives > policy.get("MaximumRetryAttempts", _ATTEMPTS):
        condition = "MaximumRetryAttempts"
    elif now - delivery.at > policy.get("MaximumEventAgeInSeconds", _AGE):
        condition = "MaximumEventAgeInSeconds"
    over = condition or dead_letters.is_final(error)
    if over and await dead_letters.bury(platform, delivery, error, condition, message.receives - 1):
        return True
    pause = min(_LONGEST_PAUSE, 2.0 ** min(message.receives, 12)) * (0.5 + random.random() / 2)
    await platform.records.run(lambda records: records.hide(QUEUE, message.receipt, now + pause), write=True)
    return False
