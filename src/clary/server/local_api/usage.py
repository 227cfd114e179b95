"""Usage of a platform: the counts of calls (plane/metering.py)."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs

from clary.kernel import AwsError
from clary.plane import Platform
from clary.plane.metering import metering_of, usage
from clary.wire import Request

_MINUTES = 60
_MOST_MINUTES = 90 * 24 * 60


async def usage_of(platform: Platform, request: Request) -> dict[str, Any]:
    """Return the counts of the last `minutes` (a query parameter).

    There is a row per minute, account, operation and kind of caller. Raise ValidationException unless
    `minutes` is a number of minutes in the last ninety days.
    """
    since = platform.clock.now() // 60 * 60 - (_minutes(request.query) - 1) * 60
    await asyncio.to_thread(
        metering_of(platform).store, platform
    )  # including what this process has not stored yet
    return {"usage": await platform.store.run(lambda tx: usage(tx, since), write=False)}


def _minutes(query: str) -> int:
    said = parse_qs(query, keep_blank_values=True)
    if strange := sorted(said.keys() - {"minutes"}):
        raise AwsError("ValidationException", f"There is no parameter {strange[0]!r}; there is minutes.")
    text = said.get("minutes", [str(_MINUTES)])[-1]
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_MINUTES):
        raise AwsError("ValidationException", f"minutes must be a number from 1 to {_MOST_MINUTES}.")
    return int(text)
