"""Put an event onto another bus: the same event, with its id, account and time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clary.kernel import AwsError, Caller
from clary.plane import Platform
from clary.services.events.names import BusName
from clary.services.events.publishing.publish import Posted, publish
from clary.store.api import Tx


def is_bus(arn: str) -> bool:
    return ":event-bus/" in arn


async def put_onto(platform: Platform, bus: BusName, event: Any, caller: Caller, key: str) -> None:
    """Put an event onto a bus as somebody; a repetition with the same key does nothing. Raise AccessDenied, and
    ValidationException for what is no event, which an input may have made of one."""

    def require(tx: Tx) -> None:
        ctx = platform.context("events", "PutEvents", caller, bus.region, bus.account)
        ctx = replace(ctx, tx=tx, inside=True)
        platform.authorizer.require(ctx, "events:PutEvents", (bus.arn,), {}, {})

    if not isinstance(event, dict) or "detail-type" not in event:
        raise AwsError("ValidationException", "The input of an event bus must be an event.")
    await platform.store.run(require, write=False)
    await publish(platform, [Posted(bus, event, key)])
