"""Tags of buses and rules."""

from __future__ import annotations

from clary.kernel import Arn
from clary.plane import Context
from clary.plane.nouns.tags import Tagging, TagRules
from clary.services.events.buses import records as buses
from clary.services.events.errors import no_rule, not_valid
from clary.services.events.names import DEFAULT, BusName
from clary.services.events.service import events


def _found(ctx: Context, text: str) -> str:
    """Return the ARN of a bus or a rule of this account. Raise ResourceNotFoundException."""
    arn = _parsed(ctx, text)
    kind, _, name = arn.resource.partition("/")
    if kind == "event-bus":
        buses.load(ctx.tx, BusName(arn.partition, arn.account, arn.region, name))
    elif kind != "rule":
        raise not_valid("ResourceARN", "Provided Arn is not in correct format.")
    elif ctx.tx.by_arn(text) is None:
        bus, slash, rule = name.rpartition("/")
        raise no_rule(rule, bus if slash else DEFAULT)
    return text


def _parsed(ctx: Context, text: str) -> Arn:
    try:
        arn = Arn.parse(text)
    except ValueError:
        raise not_valid("ResourceARN", "Provided Arn is not in correct format.") from None
    if (arn.service, arn.account, arn.region) != ("events", ctx.account, ctx.region):
        raise not_valid("ResourceARN", "Provided Arn is not in correct format.")
    return arn


events.tagged(Tagging(TagRules(), _found))
