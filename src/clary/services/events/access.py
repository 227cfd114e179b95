"""What access control must know of EventBridge: whose a bus is, its policy, and the condition keys of its page of the Service
Authorization Reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.access.request_keys import Values
from clary.kernel import Arn
from clary.plane import Access, Context, Guard
from clary.services.events.buses import records
from clary.services.events.names import bus_of_arn
from clary.services.events.service import events

_MEMBERS = {
    "events:source": ("Entries.Source",),
    "events:detail-type": ("Entries.DetailType",),
    "events:eventbusarn": ("EventBusName",),
    "events:targetarn": ("Targets.Arn",),
}


def guard(ctx: Context, arn: str, params: Mapping[str, Any]) -> Guard:
    """Return the account of a bus or a rule by its ARN, and the policy that a bus carries. A request may name a bus of another
    account, and with it the rules there."""
    try:
        owner = Arn.parse(arn)
    except ValueError:
        return Guard()
    if not owner.resource.startswith("event-bus/"):
        return Guard(owner.account)
    bus = bus_of_arn(arn)
    if ctx.tx is not None:
        found = records.find(ctx.tx, bus)
    else:
        with ctx.transaction() as at:
            found = records.find(at.tx, bus)
    return Guard(bus.account, found.private.get("policy") if found else None)


def keys(ctx: Context, action: str, params: Mapping[str, Any], key: str) -> Values:
    """Return the account that has made a rule."""
    return (ctx.account,) if key == "events:creatoraccount" else None


events.access = Access(members=_MEMBERS, keys=keys, guard=guard)
