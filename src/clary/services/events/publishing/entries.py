"""The entries of PutEvents: what an event must have, and how it looks.

Sources: PutEventsRequestEntry (API reference), recorded answers of AWS, and "Calculating PutEvents event entry size"
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html).
"""

from __future__ import annotations

import time
from typing import Any

import orjson

from clary.kernel.errors import validation
from clary.plane import Context

Params = dict[str, Any]

LARGEST = 256 * 1024  # bytes of all entries of a request
_TIME = 14
_OWN_PREFIX = "aws."
_REQUIRED = ("Source", "DetailType", "Detail")


class Refused(Exception):
    """An entry that does not become an event: its error's code and sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def check_size(entries: list[Params]) -> None:
    """Raise ValidationException for entries that are larger than a request may be."""
    if sum(map(_size, entries)) > LARGEST:
        raise validation("Total size of the entries in the request is over the limit.")


def _size(entry: Params) -> int:
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *entry.get("Resources", [])]
    return (_TIME if "Time" in entry else 0) + sum(len(text.encode()) for text in texts if text)


def event_of(ctx: Context, entry: Params) -> Params:
    """Return the event of an entry. Raise Refused."""
    for name in _REQUIRED:
        if not entry.get(name):
            raise Refused(
                "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
            )
    if entry["Source"].startswith(_OWN_PREFIX) and not ctx.caller.service:
        raise Refused("NotAuthorizedForSourceException", "Not authorized for the source.")
    return made(
        ctx.platform.ids.uuid(),
        entry["Source"],
        entry["DetailType"],
        f"{ctx.caller.account}/{ctx.region}",
        entry.get("Time", ctx.business.now),
        entry.get("Resources", []),
        _detail(entry["Detail"]),
    )


def _detail(text: str) -> Params:
    try:
        detail = orjson.loads(text)
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        raise Refused("MalformedDetail", "Detail is malformed.")
    return detail


def made(
    id: str, source: str, detail_type: str, scope: str, at: float, resources: list[str], detail: Params
) -> Params:
    """Return an event in AWS's form and order. `scope` is the account and region that it is from."""
    account, _, region = scope.partition("/")
    return {
        "version": "0",
        "id": id,
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": iso(at),
        "region": region,
        "resources": resources,
        "detail": detail,
    }


def iso(at: float) -> str:
    """Return a moment as events have it, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
