"""GetLogEvents: read one stream page by page, in either direction."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from clary.plane import Context
from clary.services.logs.errors import invalid_parameter
from clary.services.logs.names import Params, group_name, stream_target
from clary.services.logs.rows import Group, Stream, count_fitting, load_stream, readable_group
from clary.services.logs.service import logs

_MOST = 10_000
_FEW = 100  # larger pages are read in a thread, so that they do not delay other requests
_TOKEN = re.compile(r"([fb])/(\d{18})(\d{38})/s")


class Position(NamedTuple):
    """The position of an event in its stream."""

    at: int
    seq: int


def _is_large(params: Params) -> bool:
    return params.get("limit", _MOST) > _FEW


@logs.operation(on=stream_target, heavy=_is_large)
def get_log_events(ctx: Context, params: Params) -> Params:
    """Return a page of at most 1 MB: from the start, from the end, or after a token.

    At either end of the stream the token stays the same
    (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html).
    """
    group = readable_group(ctx, group_name(ctx, params))
    stream = load_stream(ctx, group, params["logStreamName"])
    forward, position = params.get("startFromHead", False), None
    if params.get("nextToken"):
        forward, position = _read(params["nextToken"])
    rows = _page(ctx, group, stream, params, forward, position)
    first, last = (rows[0][:2], rows[-1][:2]) if rows else (position or (0, 0), position or (0, 0))
    return {
        "events": [{"timestamp": at, "message": text, "ingestionTime": put} for at, _, put, text in rows],
        "nextForwardToken": _token("f", *last),
        "nextBackwardToken": _token("b", *first),
    }


def _page(
    ctx: Context, group: Group, stream: Stream, params: Params, forward: bool, position: Position | None
) -> list[tuple[Any, ...]]:
    """Return rows (time, sequence number, ingestion time, message) in chronological order."""
    oldest = max(params.get("startTime", 0), group.oldest(ctx.business))
    where, args = "stream = ? AND at >= ?", [stream.number, oldest]
    if params.get("endTime") is not None:
        where, args = where + " AND at < ?", [*args, params["endTime"]]
    if position is not None:
        where, args = where + f" AND (at, seq) {'>' if forward else '<'} (?, ?)", [*args, *position]
    order = "ASC" if forward else "DESC"
    source = f"FROM logs_event WHERE {where} ORDER BY at {order}, seq {order} LIMIT ?"
    sizes = ctx.tx.sql(f"SELECT size {source}", *args, params.get("limit", _MOST))
    count = count_fitting(size for (size,) in sizes)
    rows = ctx.tx.sql(f"SELECT at, seq, ingested, message {source}", *args, count)
    return rows if forward else rows[::-1]


def _token(direction: str, at: int, seq: int) -> str:
    """Return a token in AWS's format: a direction and 56 digits."""
    return f"{direction}/{at:018d}{seq:038d}/s"


def _read(token: str) -> tuple[bool, Position]:
    match = _TOKEN.fullmatch(token)
    if match is None or int(match[3]) >= 1 << 63:
        raise invalid_parameter("The specified nextToken is invalid.")
    return match[1] == "f", Position(int(match[2]), int(match[3]))
