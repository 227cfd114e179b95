"""Rules with a schedule: an event of their own for their targets, in business time."""

from __future__ import annotations

from clary.plane import Record, Step, World
from clary.services.events.delivery.backlog import TOPIC
from clary.services.events.names import RULE
from clary.services.events.publishing import publish
from clary.services.events.publishing.entries import made
from clary.services.events.service import events
from clary.workloads import schedules


@events.controller(RULE)
def keep_time(rule: Record, world: World) -> Step:
    """Send the event that is due, and wait for the next. A rule that fell due more than once, since the platform was down or time
    was moved, sends one: for the first of these times."""
    expression = rule.spec.get("ScheduleExpression")
    if expression is None or rule.status == "DISABLED":
        return Step()
    schedule, start = schedules.parse(expression), rule.private["start"]
    due = rule.private.get("next")
    if due is not None and world.business.now >= due:
        _send(rule, world, due)
    elif due is not None:
        return Step(until=due)
    following = schedule.next(max(world.business.now, start), start)
    return Step(private={"next": following}, until=following)


def _send(rule: Record, world: World, due: float) -> None:
    event = made(world.ids.uuid(), "aws.events", "Scheduled Event", rule.scope, due, [rule.arn], {})
    found = [
        publish.message(world.platform, delivery, f"{rule.arn}/{rule.created}/{due}/{delivery.target['Id']}")
        for delivery in publish.deliveries(world.platform, rule, event)
    ]
    if found:
        now = world.business.now
        world.platform.records.perform(lambda records: publish.send(records, found, now))
        world.platform.signals.notify(TOPIC)
