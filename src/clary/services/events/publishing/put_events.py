"""PutEvents and TestEventPattern."""

from __future__ import annotations

from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.plane.event_patterns import BadPattern, parse
from clary.services.events.errors import bad_pattern, not_valid
from clary.services.events.names import BusName, bus_named
from clary.services.events.publishing import entries
from clary.services.events.publishing.entries import Refused
from clary.services.events.publishing.publish import Posted, publish
from clary.services.events.service import events

Params = dict[str, Any]

_MEMBERS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")


def _on_buses(ctx: Context, params: Params) -> list[str]:
    return sorted({bus_named(ctx, entry.get("EventBusName")).arn for entry in params["Entries"]})


@events.operation(
    on=_on_buses,
    accepts=Members(
        "Entries.Time Entries.Source Entries.Resources Entries.DetailType Entries.Detail Entries.EventBusName",
        {"Entries.TraceHeader": "it is for X-Ray, which is not there"},
    ),
)
async def put_events(ctx: Context, params: Params) -> Params:
    """Put events onto their buses; return an id or an error for each. They are on disk when this returns."""
    entries.check_size(params["Entries"])
    answers: list[Params] = []
    posted: list[Posted] = []
    for entry in params["Entries"]:
        try:
            event = entries.event_of(ctx, entry)
        except Refused as reason:
            answers.append({"ErrorCode": reason.code, "ErrorMessage": reason.message})
            continue
        posted.append(Posted(_bus(ctx, entry), event))
        answers.append({"EventId": event["id"]})
    await publish(ctx.platform, posted)
    return {"FailedEntryCount": len(answers) - len(posted), "Entries": answers}


def _bus(ctx: Context, entry: Params) -> BusName:
    return bus_named(ctx, entry.get("EventBusName"))


@events.operation(lane="read", accepts=Members("EventPattern Event"))
def test_event_pattern(ctx: Context, params: Params) -> Params:
    """Tell whether a pattern matches an event. Raise InvalidEventPatternException."""
    event = _event(params["Event"])
    try:
        return {"Result": parse(params["EventPattern"]).matches(event)}
    except BadPattern as error:
        raise bad_pattern(str(error)) from None


def _event(text: str) -> Params:
    """Return an event with the members that one must have (TestEventPattern, API reference)."""
    try:
        event = orjson.loads(text)
    except ValueError:
        raise _not_an_event() from None
    if not isinstance(event, dict):
        raise _not_an_event()
    for name in ("id", "account", "source", "time", "region", "resources", "detail-type"):
        if name not in event:
            raise not_valid("Event", f"{name} is a required argument.")
    return event


def _not_an_event() -> AwsError:
    return not_valid("Event")
