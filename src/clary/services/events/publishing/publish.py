"""Match events with the rules of their buses, and write down what is to be delivered: on disk before the caller goes on.

The rules are read as they are now; what is written down says all that its delivery needs, so a rule that changes later changes
nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from clary.plane import Record
from clary.plane.event_patterns import Pattern, parse
from clary.plane.port import Plane
from clary.records.api import Message, Records
from clary.services.events.delivery import inputs
from clary.services.events.delivery.backlog import QUEUE, TOPIC, Delivery
from clary.services.events.names import BusName
from clary.services.events.rules import records as rules
from clary.store.api import Tx

Params = dict[str, Any]

_KEY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Posted:
    """An event on its bus. `key` makes a repetition harmless: the same event with the same key is delivered once. `only` are
    the ARNs of the rules that may match, all if empty."""

    bus: BusName
    event: Params
    key: str = ""
    only: tuple[str, ...] = ()


async def publish(platform: Plane, posted: Sequence[Posted]) -> None:
    """Write down what targets are to get."""
    if not posted:
        return
    found = await platform.store.run(lambda tx: _matched(platform, tx, posted), write=False)
    if found:
        await platform.records.run(lambda records: send(records, found, platform.business.now), write=True)
        platform.signals.notify(TOPIC)


def publish_here(platform: Plane, tx: Tx, posted: Sequence[Posted]) -> None:
    """Do the same in a thread that has a transaction of the store: the deliveries are on disk before it is committed."""
    found = _matched(platform, tx, posted)
    if found:
        platform.records.perform(lambda records: send(records, found, platform.business.now))
        platform.signals.notify(TOPIC)


def send(records: Records, messages: Sequence[Message], now: float) -> None:
    records.send(QUEUE, messages, now)


def _matched(platform: Plane, tx: Tx, posted: Sequence[Posted]) -> list[Message]:
    by_bus: dict[BusName, list[Record]] = {}
    found: list[Message] = []
    for one in posted:
        if one.bus not in by_bus:
            by_bus[one.bus] = rules.all_of(tx, one.bus)
        found += [
            _message(platform, one, delivery)
            for rule in by_bus[one.bus]
            if _matches(rule, one)
            for delivery in deliveries(platform, rule, one.event)
        ]
    return found


def _matches(rule: Record, posted: Posted) -> bool:
    if rule.status == "DISABLED" or "EventPattern" not in rule.spec:
        return False
    if posted.only and rule.arn not in posted.only:
        return False
    return _pattern(rule.spec["EventPattern"]).matches(posted.event)


@lru_cache(4096)
def _pattern(text: str) -> Pattern:
    return parse(text)


def deliveries(platform: Plane, rule: Record, event: Params) -> Iterator[Delivery]:
    """Yield what the targets of a rule are to get of an event."""
    own = {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rules.name_of(rule),
        "aws.events.event.ingestion-time": event["time"],
    }
    for target in rules.targets(rule):
        yield Delivery(
            scope=rule.scope,
            rule=rule.arn,
            target={name: value for name, value in target.items() if name not in _OF_INPUT},
            input=inputs.input_of(target, event, own),
            event=event["id"],
            at=platform.business.now,
        )


_OF_INPUT = ("Input", "InputPath", "InputTransformer")


def _message(platform: Plane, posted: Posted, delivery: Delivery) -> Message:
    key = f"{posted.key}/{delivery.rule}/{delivery.target['Id']}" if posted.key else ""
    return message(platform, delivery, key)


def message(platform: Plane, delivery: Delivery, key: str = "") -> Message:
    """Return a delivery as it is written down; a second one with the same key is not kept for a day."""
    return Message(platform.ids.uuid(), delivery.dump(), key=key, key_seconds=_KEY_SECONDS)
