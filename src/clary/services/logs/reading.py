"""GetLogEvents: one stream, page by page, in either direction."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from clary.plane import Context
from clary.services.logs.names import Params, group_name, refused, stream_target
from clary.services.logs.rows import Group, Stream, fitting, readable_group, stream_of
from clary.services.logs.service import logs

_MOST = 10_000
_FEW = 100  # events that are read between two other requests
_TOKEN = re.compile(r"([fb])/(\d{18})(\d{38})/s")


class Place(NamedTuple):
    """An event's place in its stream."""

    at: int
    seq: int


def _is_large(params: Params) -> bool:
    return params.get("limit", _MOST) > _FEW


@logs.operation(on=stream_target, heavy=_is_large)
def get_log_events(ctx: Context, params: Params) -> Params:
    """A page of at most 1 MB: from the head, from the tail, or on from a token. At an end the token stays as it is
    (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html)."""
    group = readable_group(ctx, group_name(ctx, params))
    stream = stream_of(ctx, group, params["logStreamName"])
    forward, place = params.get("startFromHead", False), None
    if params.get("nextToken"):
        forward, place = _read(params["nextToken"])
    rows = _page(ctx, group, stream, params, forward, place)
    first, last = (rows[0][:2], rows[-1][:2]) if rows else (place or (0, 0), place or (0, 0))
    return {
        "events": [{"timestamp": at, "message": text, "ingestionTime": put} for at, _, put, text in rows],
        "nextForwardToken": _token("f", *last),
        "nextBackwardToken": _token("b", *first),
    }


def _page(
    ctx: Context, group: Group, stream: Stream, params: Params, forward: bool, place: Place | None
) -> list[tuple[Any, ...]]:
    """Rows (time, sequence, ingestion, message) in chronological order."""
    oldest = max(params.get("startTime", 0), group.oldest(ctx.business))
    where, args = "stream = ? and at >= ?", [stream.number, oldest]
    if params.get("endTime") is not None:
        where, args = where + " and at < ?", [*args, params["endTime"]]
    if place is not None:
        where, args = where + f" and (at, seq) {'>' if forward else '<'} (?, ?)", [*args, *place]
    way = "asc" if forward else "desc"
    source = f"from logs_event where {where} order by at {way}, seq {way} limit ?"
    sizes = ctx.tx.sql(f"select size {source}", *args, params.get("limit", _MOST))
    count = fitting(size for (size,) in sizes)
    rows = ctx.tx.sql(f"select at, seq, ingested, message {source}", *args, count)
    return rows if forward else rows[::-1]


def _token(direction: str, at: int, seq: int) -> str:
    """The form of AWS's own tokens: a direction and 56 digits."""
    return f"{direction}/{at:018d}{seq:038d}/s"


def _read(token: str) -> tuple[bool, Place]:
    match = _TOKEN.fullmatch(token)
    if match is None or int(match[3]) >= 1 << 63:
        raise refused("The specified nextToken is invalid.")
    return match[1] == "f", Place(int(match[2]), int(match[3]))
