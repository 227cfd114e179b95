"""PutRule, DescribeRule, ListRules, EnableRule, DisableRule, DeleteRule."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Members, Record, revise
from clary.plane.event_patterns import BadPattern, parse
from clary.plane.nouns.tags import TagRules, pairs_of
from clary.services.events import pages
from clary.services.events.buses import records as buses
from clary.services.events.errors import bad_pattern, not_valid, too_many
from clary.services.events.names import DEFAULT, RULE, BusName, bus_named, on_bus, on_rule
from clary.services.events.rules import records
from clary.services.events.service import events
from clary.workloads import roles, schedules

Params = dict[str, Any]

MOST = 300  # "Number of rules" per bus: the quota of EventBridge
_ENABLED, _DISABLED = "ENABLED", "DISABLED"
_ENABLED_ALSO = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


@events.operation(
    on=on_rule,
    also=(events.tagging("Tags"),),
    accepts=Members(
        "Name ScheduleExpression EventPattern State Description Tags EventBusName",
        {"RoleArn": "each target names the role of its own deliveries"},
    ),
)
def put_rule(ctx: Context, params: Params) -> Params:
    """Create a rule, or write over one: its targets stay. Raise InvalidEventPatternException."""
    bus = bus_named(ctx, params.get("EventBusName"))
    _check(ctx, bus, params)
    buses.load(ctx.tx, bus)
    name = params["Name"]
    spec = {
        member: params[member]
        for member in ("EventPattern", "ScheduleExpression", "Description", "RoleArn")
        if member in params
    }
    record = records.find(ctx.tx, bus, name)
    if record is None:
        _insert(ctx, bus, name, spec, params)
    else:
        again = {
            "spec": spec,
            "status": {"CreatedBy": record.observed["CreatedBy"]},
            "private": record.private,
        }
        ctx.tx.update(_begun(ctx, record.evolve(doc=again, status=params.get("State", _ENABLED))))
    ctx.wake()
    return {"RuleArn": bus.rule_arn(name)}


def _insert(ctx: Context, bus: BusName, name: str, spec: Params, params: Params) -> None:
    if len(records.page(ctx.tx, bus, "", "", MOST)) >= MOST:
        raise too_many()
    document = {"spec": spec, "status": {"CreatedBy": ctx.caller.account}, "private": {}}
    record = Record(
        RULE.kind, bus.scope, bus.rule_id(name), arn=bus.rule_arn(name), doc=document, created=ctx.now
    )
    ctx.tx.insert(_begun(ctx, record.evolve(status=params.get("State", _ENABLED))))
    if params.get("Tags"):
        ctx.tx.tag(record.arn, TagRules().check(pairs_of(params["Tags"])))


def _begun(ctx: Context, record: Record) -> Record:
    """Return a rule whose schedule begins now, as one that was written does."""
    due = ctx.now if record.spec.get("ScheduleExpression") else None
    return revise(record, private={"next": None, "start": ctx.business.now}, modified=ctx.now, due=due)


def _check(ctx: Context, bus: BusName, params: Params) -> None:
    pattern, expression = params.get("EventPattern"), params.get("ScheduleExpression")
    if not pattern and not expression:
        raise validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if pattern:
        check_pattern(pattern)
    if expression:
        _check_schedule(bus, expression)
    if role := params.get("RoleArn"):
        roles.require_pass(ctx, role, events.principal)
    if params.get("State") == _ENABLED_ALSO:  # it asks for events of CloudTrail
        raise not_implemented("events", f"PutRule with State={_ENABLED_ALSO}")


def check_pattern(text: str) -> None:
    """Raise InvalidEventPatternException, with AWS's reason."""
    try:
        parse(text)
    except BadPattern as error:
        raise bad_pattern(str(error)) from None


def _check_schedule(bus: BusName, expression: str) -> None:
    if bus.name != DEFAULT:
        raise validation("ScheduleExpression is supported only on the default event bus.")
    try:
        if expression.startswith("at("):
            raise ValueError
        schedules.parse(expression)
    except ValueError:
        raise not_valid("ScheduleExpression") from None


@events.operation(on=on_rule)
def describe_rule(ctx: Context, params: Params) -> Params:
    bus = bus_named(ctx, params.get("EventBusName"))
    buses.load(ctx.tx, bus)
    record = records.load(ctx.tx, bus, params["Name"])
    return _shown(record) | {"CreatedBy": record.observed["CreatedBy"]}


def _shown(record: Record) -> Params:
    return {
        "Name": records.name_of(record),
        "Arn": record.arn,
        "EventBusName": record.id.partition("/")[0],
        "State": record.status,
        **record.spec,
    }


@events.operation(on=on_bus)
def list_rules(ctx: Context, params: Params) -> Params:
    bus = bus_named(ctx, params.get("EventBusName"))
    buses.load(ctx.tx, bus)
    limit, after = pages.read(ctx, params)
    found = records.page(ctx.tx, bus, params.get("NamePrefix", ""), after, limit + 1)
    return pages.page(ctx, "Rules", found, limit, _shown)


@events.operation(on=on_rule, accepts=Members("Name EventBusName"))
def enable_rule(ctx: Context, params: Params) -> Params:
    return _switch(ctx, params, _ENABLED)


@events.operation(on=on_rule, accepts=Members("Name EventBusName"))
def disable_rule(ctx: Context, params: Params) -> Params:
    return _switch(ctx, params, _DISABLED)


def _switch(ctx: Context, params: Params, state: str) -> Params:
    bus = bus_named(ctx, params.get("EventBusName"))
    buses.load(ctx.tx, bus)
    record = records.load(ctx.tx, bus, params["Name"])
    if record.status != state:
        ctx.tx.update(_begun(ctx, record.evolve(status=state)))
        ctx.wake()
    return {}


@events.operation(
    on=on_rule, accepts=Members("Name EventBusName", {"Force": "it is for rules that AWS services manage"})
)
def delete_rule(ctx: Context, params: Params) -> Params:
    """Delete a rule without targets; one that is not there is deleted already."""
    bus = bus_named(ctx, params.get("EventBusName"))
    buses.load(ctx.tx, bus)
    record = records.find(ctx.tx, bus, params["Name"])
    if record is None:
        return {}
    if records.targets(record):
        raise validation("Rule can't be deleted since it has targets.")
    ctx.tx.delete(record)
    return {}
