"""How buses and rules are named: by a name, or by the ARN of a bus, which may be of another account.

A rule on the bus `default` is `rule/NAME`, on another one `rule/BUS/NAME`.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from clary.kernel import Arn
from clary.plane import Context, Key, Noun
from clary.services.events.errors import not_valid
from clary.services.events.service import events

Params = dict[str, Any]

DEFAULT = "default"
BUS = events.declare(Noun("EventBus", arn="event-bus/{Name}", key=Key("Name")))
RULE = events.declare(Noun("Rule", arn="rule/{EventBusName}/{Name}", key=Key("EventBusName", "Name")))
_NAME = re.compile(r"[/.\-_A-Za-z0-9]+", re.ASCII)


class BusName(NamedTuple):
    """A bus: its account, region and name."""

    partition: str
    account: str
    region: str
    name: str

    @property
    def scope(self) -> str:
        return f"{self.account}/{self.region}"

    @property
    def arn(self) -> str:
        return f"{self._prefix}:event-bus/{self.name}"

    def rule_arn(self, rule: str) -> str:
        folder = "" if self.name == DEFAULT else f"{self.name}/"
        return f"{self._prefix}:rule/{folder}{rule}"

    def rule_id(self, rule: str) -> str:
        """Return the id of a rule's record. Names of rules have no slash."""
        return f"{self.name}/{rule}"

    @property
    def _prefix(self) -> str:
        return f"arn:{self.partition}:events:{self.region}:{self.account}"


def bus_named(ctx: Context, given: str | None) -> BusName:
    """Return the bus that a request names, by default `default`. Raise ValidationException for what is no name of a bus."""
    given = given or DEFAULT
    if not given.startswith("arn:"):
        return BusName(ctx.partition, ctx.account, ctx.region, given)
    return bus_of_arn(given)


def bus_of_arn(text: str) -> BusName:
    """Return the bus of an ARN. Raise ValidationException."""
    try:
        arn = Arn.parse(text)
    except ValueError:
        raise not_valid("EventBusName") from None
    kind, _, name = arn.resource.partition("/")
    if arn.service != "events" or kind != "event-bus" or not _NAME.fullmatch(name):
        raise not_valid("EventBusName")
    return BusName(arn.partition, arn.account, arn.region, name)


def on_bus(ctx: Context, params: Params) -> list[str]:
    return [bus_named(ctx, params.get("EventBusName")).arn]


def on_named_bus(ctx: Context, params: Params) -> list[str]:
    return [bus_named(ctx, params.get("Name")).arn]


def on_rule(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of the rule of a request, which says its name in one of two members."""
    bus = bus_named(ctx, params.get("EventBusName"))
    return [bus.rule_arn(params.get("Rule") or params["Name"])]
