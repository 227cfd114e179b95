"""What delivers the backlog: at least once, in every gateway, again and again until it is there or for good in the dead-letter queue.

Source: "Amazon SNS message delivery retries" (Developer Guide): for SQS 3 at once, 2 a second apart, 10 with growing pauses of 1 to 20
seconds, 100,000 of 20 seconds; what fails on the client's side is not tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from itertools import groupby

from clary.kernel import AwsError, Caller
from clary.plane.port import Plane
from clary.plane.signals import Closing
from clary.records.api import Delivery as Taken
from clary.records.api import Records
from clary.services.sns import backlog, message_attributes
from clary.services.sns.backlog import Delivery
from clary.services.sns.names import SUBSCRIPTION, TOPIC
from clary.services.sns.notifications import notification
from clary.services.sns.service import sns
from clary.services.sns.signing import signer_of

log = logging.getLogger("clary.sns")

_AT_ONCE = 50
_HIDDEN = 120.0  # seconds, after which another gateway tries
_LOOK = 5.0
_MOST_TRIES = 100_015
_FIFO = ".fifo"


@sns.background(kinds=(TOPIC.kind, SUBSCRIPTION.kind))
async def deliver(platform: Plane) -> None:
    """Deliver what there is, and wait for more."""
    with platform.signals.watch(backlog.TOPIC) as watch:
        while True:
            try:
                if not await deliver_once(platform):
                    await watch.wait(_LOOK)
            except Closing:
                return
            except Exception:
                log.exception("messages could not be delivered; trying again")
                await asyncio.sleep(1.0)


async def deliver_once(platform: Plane) -> bool:
    """Try to deliver some; return whether there were any."""
    now = platform.business.now

    def has_any(tx: Records) -> bool:
        visible = tx.next_visible(backlog.QUEUE)
        return visible is not None and visible <= now

    if not await platform.records.run(has_any, write=False):
        return False
    taken = await platform.records.run(
        lambda tx: tx.receive(backlog.QUEUE, now, until=now + _HIDDEN, most=_AT_ONCE), write=True
    )
    alone = [[one] for one in taken if not one.group]
    ordered = sorted((one for one in taken if one.group), key=lambda one: (one.group, one.number))
    chains = alone + [list(group) for _, group in groupby(ordered, key=lambda one: one.group)]
    await asyncio.gather(*(_deliver_in_order(platform, chain) for chain in chains))
    return bool(taken)


async def _deliver_in_order(platform: Plane, chain: Iterable[Taken]) -> None:
    """Deliver messages of one group; what follows one that has to be tried again waits with it."""
    waits: float | None = None
    for one in chain:
        if waits is None:
            waits = await _deliver(platform, one)
        if waits is None:
            await platform.records.run(lambda tx, r=one.receipt: tx.delete(backlog.QUEUE, [r]), write=True)
        else:
            until = platform.business.now + waits
            await platform.records.run(
                lambda tx, r=one.receipt, u=until: tx.hide(backlog.QUEUE, r, u), write=True
            )


async def _deliver(platform: Plane, taken: Taken) -> float | None:
    """Deliver one message; return after how many seconds it is to be tried again, None if never."""
    one = Delivery.loads(taken.body)
    try:
        await _send(platform, one, one.endpoint)
        return None
    except AwsError as error:
        if error.status >= 500 and taken.receives < _MOST_TRIES:
            return pause(taken.receives)
        log.warning("a message of %s was not delivered to %s: %s", one.topic, one.endpoint, error)
    return await _bury(platform, one, taken.receives)


async def _bury(platform: Plane, one: Delivery, receives: int) -> float | None:
    """Send a message to the dead-letter queue of its subscription, if it has one."""
    if not one.dead:
        return None
    try:
        await _send(platform, one, one.dead)
    except AwsError as error:
        if error.status >= 500 and receives < _MOST_TRIES:
            return pause(receives)
        log.warning("a message of %s is lost: its dead-letter queue refuses it: %s", one.topic, error)
    return None


def pause(tries: int) -> float:
    """Return how many seconds to wait after so many tries."""
    if tries <= 3:
        return 0.0
    return 1.0 if tries <= 5 else min(20.0, 1.35 ** (tries - 5)) if tries <= 15 else 20.0


async def _send(platform: Plane, one: Delivery, queue: str) -> None:
    _, partition, _, region, account, name = queue.split(":")
    del partition
    params: dict[str, object] = {"QueueUrl": f"https://sqs.{region}.amazonaws.com/{account}/{name}"}
    if one.raw:
        params["MessageBody"] = one.message
        if one.attributes:
            params["MessageAttributes"] = message_attributes.to_sqs(one.attributes)
    else:
        params["MessageBody"] = notification(one, await signer_of(platform))
    if name.endswith(_FIFO):
        params |= {"MessageGroupId": one.group, "MessageDeduplicationId": one.deduplication}
    caller = Caller.of_service(sns.principal, one.topic.split(":")[4], one.topic)
    await platform.aperform("sqs", "SendMessage", params, caller, region)
