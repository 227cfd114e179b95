"""CreateEventBus, DescribeEventBus, ListEventBuses, UpdateEventBus, DeleteEventBus."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Members, Record, revise
from clary.plane.nouns.tags import TagRules, pairs_of
from clary.services.events import pages
from clary.services.events.buses import records
from clary.services.events.errors import not_valid, taken, too_many
from clary.services.events.names import BUS, DEFAULT, BusName, bus_named, on_named_bus
from clary.services.events.rules import records as rules
from clary.services.events.service import events
from clary.store.api import Query

Params = dict[str, Any]

MOST = 100  # "Event buses" per account and Region: the quota of EventBridge
_KEPT = ("Description", "DeadLetterConfig")
_DEAD = "it is for events that a KMS key cannot encrypt, and keys of buses are refused by name"


@events.operation(
    on=on_named_bus,
    also=(events.tagging("Tags"),),
    accepts=Members("Name Description Tags", {"DeadLetterConfig": _DEAD}),
)
def create_event_bus(ctx: Context, params: Params) -> Params:
    """Create a bus. Raise ResourceAlreadyExistsException."""
    bus = _own(ctx, params["Name"])
    _refuse_slash(bus)
    if records.find(ctx.tx, bus) is not None:
        raise taken(f"Event bus {bus.name}")
    if ctx.tx.count(BUS.kind, bus.scope) >= MOST:
        raise too_many()
    spec = {name: params[name] for name in _KEPT if name in params}
    document = {"spec": spec, "status": {}, "private": {}}
    record = Record(BUS.kind, bus.scope, bus.name, arn=bus.arn, doc=document)
    records.write(ctx.tx, record, ctx.now)
    if params.get("Tags"):
        ctx.tx.tag(bus.arn, TagRules().check(pairs_of(params["Tags"])))
    return {"EventBusArn": bus.arn, **spec}


def _own(ctx: Context, name: str) -> BusName:
    bus = bus_named(ctx, name)
    if bus.account != ctx.account or bus.region != ctx.region:
        raise not_valid("Name")
    return bus


def _refuse_slash(bus: BusName) -> None:
    """Buses of partners have a slash in their names, and are made of event sources."""
    if "/" in bus.name:
        raise validation("Event bus name must not contain '/'.")


@events.operation(on=on_named_bus)
def describe_event_bus(ctx: Context, params: Params) -> Params:
    record = records.load(ctx.tx, bus_named(ctx, params.get("Name")))
    return _shown(record) | {name: record.spec[name] for name in _KEPT if name in record.spec}


@events.operation
def list_event_buses(ctx: Context, params: Params) -> Params:
    """Return a page of the buses by name, `default` among them."""
    limit, after = pages.read(ctx, params)
    prefix = params.get("NamePrefix", "")
    found = ctx.tx.list(
        BUS.kind, ctx.scope, Query((*pages.between(prefix, after),), order="id", limit=limit + 2)
    )
    default = records.load(ctx.tx, bus_named(ctx, DEFAULT))
    if not default.version and DEFAULT.startswith(prefix) and after < DEFAULT:
        found = sorted([*found, default], key=lambda record: record.id)
    return pages.page(ctx, "EventBuses", found, limit, _shown)


def _shown(record: Record) -> Params:
    """Return what lists show. A bus `default` of which nothing was said yet has no times."""
    times = {"CreationTime": record.created, "LastModifiedTime": record.modified} if record.version else {}
    policy = record.private.get("policy")
    return {"Name": record.id, "Arn": record.arn, **times, **({"Policy": policy} if policy else {})}


@events.operation(on=on_named_bus, accepts=Members("Name Description", {"DeadLetterConfig": _DEAD}))
def update_event_bus(ctx: Context, params: Params) -> Params:
    bus = bus_named(ctx, params.get("Name"))
    record = records.load(ctx.tx, bus)
    given = {name: params[name] for name in _KEPT if name in params}
    record = records.write(ctx.tx, revise(record, spec=given), ctx.now)
    return {"Arn": record.arn, "Name": record.id, **record.spec}


@events.operation(on=on_named_bus, accepts=Members("Name"))
def delete_event_bus(ctx: Context, params: Params) -> Params:
    """Delete a bus; one that is not there is deleted already."""
    bus = bus_named(ctx, params["Name"])
    if bus.name == DEFAULT:
        raise validation("Cannot delete event bus default.")
    record = records.find(ctx.tx, bus)
    if record is None:
        return {}
    if rules.page(ctx.tx, bus, "", "", 1):
        raise validation("Event bus can't be deleted since it has rules.")
    ctx.tx.delete(record)
    return {}
