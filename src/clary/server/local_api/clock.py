"""Show the two times of a platform, and move business time forward."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from clary.kernel import AwsError
from clary.plane import Platform
from clary.server import moves
from clary.wire import Request, timestamps
from clary.wire.parse.body import whole


def clock_of(platform: Platform) -> dict[str, Any]:
    """Return machine time, business time, and the difference."""
    business = platform.business
    return {
        "machine": timestamps.iso(business.machine_now),
        "business": timestamps.iso(business.now),
        "ahead_seconds": int(business.timeline.ahead),
    }


async def move_clock(platform: Platform, request: Request) -> dict[str, Any]:
    """Move business time as the body says, `{"by": seconds}` or `{"to": "2027-01-01T00:00:00Z"}`; return the
    new times.

    Raise ValidationException for another body, and for a move that is not allowed.
    """
    await moves.move(platform, _wanted(whole(request)))
    return clock_of(platform)


def _wanted(body: bytes) -> moves.Reckon:
    try:
        wanted = json.loads(body)
    except ValueError:
        wanted = None
    if isinstance(wanted, dict) and len(wanted) == 1:
        ((member, value),) = wanted.items()
        if member == "by" and isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return moves.by(value)
        if member == "to" and isinstance(value, str) and (moment := _moment(value)) is not None:
            return moves.to(moment)
    raise AwsError(
        "ValidationException",
        'The body must be {"by": SECONDS}, a whole number above 0, or {"to": "2027-01-01T00:00:00Z"}, a time with a zone.',
        400,
    )


def _moment(text: str) -> float | None:
    """Return epoch seconds for a time in ISO 8601 with a time zone, or None."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
