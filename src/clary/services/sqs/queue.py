"""A queue as messages are sent to it and received from it: what its record says, in numbers and flags."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from clary.plane import Context, Record
from clary.plane.port import Plane
from clary.records.api import DeadLetters
from clary.services.sqs.attributes import value_of
from clary.services.sqs.errors import no_queue
from clary.services.sqs.names import Params, Place, find, is_fifo, place_of
from clary.store.api import Tx


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue. `id` is its name among the records, of which no other queue has the same. Times are in seconds."""

    place: Place
    arn: str
    id: str
    spec: dict[str, Any] = field(repr=False)
    dead: DeadLetters | None = None

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def fifo(self) -> bool:
        return is_fifo(self.name)

    @property
    def topic(self) -> str:
        """What is notified when a message comes."""
        return f"sqs:{self.id}"

    def number(self, attribute: str) -> int:
        return int(value_of(self.spec, attribute))

    def says(self, attribute: str) -> bool:
        """Return whether an attribute is true."""
        return value_of(self.spec, attribute) == "true"

    @property
    def kms_key(self) -> str:
        return self.spec.get("KmsMasterKeyId", "")


def queue_of(tx: Tx, record: Record) -> Queue:
    """Return a queue by its record, with the dead-letter queue that takes its messages; none where that was deleted."""
    account, _, region = record.scope.partition("/")
    dead = None
    if policy := record.spec.get("RedrivePolicy"):
        wanted = json.loads(policy)
        name = wanted["deadLetterTargetArn"].rpartition(":")[2]
        found = find(tx, Place(account, region, name))
        if found is not None:
            dead = DeadLetters(found.private["queue"], int(wanted["maxReceiveCount"]))
    place = Place(account, region, record.id)
    return Queue(place, record.arn, record.private["queue"], record.spec, dead)


def queue_in(tx: Tx, place: Place) -> Queue:
    """Return the queue at a place. Raise QueueDoesNotExist."""
    record = find(tx, place)
    if record is None:
        raise no_queue()
    return queue_of(tx, record)


async def queue_for(ctx: Context, params: Params) -> Queue:
    """Return the queue of a request, in a transaction of its own. Raise QueueDoesNotExist."""
    place = place_of(ctx, params)
    return await ctx.transact(lambda tx: queue_in(tx, place))


def business_now(platform: Plane) -> float:
    """Return the time by which delays, timeouts, retention and duplicates are told."""
    return platform.business.now
