"""Events in, events out: PutLogEvents and GetLogEvents."""

from __future__ import annotations

import re
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.logs import groups, streams
from clary.services.logs.service import logs

_TOO_OLD = 14 * 86400 * 1000
_TOO_NEW = 2 * 3600 * 1000
_LARGEST_BATCH = 1_048_576
_EVENT_OVERHEAD = 26
_MOST = 10_000
_TOKEN = re.compile(r"([fb])/(\d{18})(\d{38})/s")


@logs.operation(on=streams.STREAM)
def put_log_events(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Store a batch in chronological order; what is too old or too new is left out and said so
    (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html)."""
    group, stream, given = params["logGroupName"], params["logStreamName"], params["logEvents"]
    streams.require_stream(ctx, group, stream)
    _check(given)
    now = int(ctx.now * 1000)
    kept = [event for event in given if now - _TOO_OLD <= event["timestamp"] <= now + _TOO_NEW]
    (next_seq,) = ctx.tx.sql(
        "select next_seq from logs_stream where scope = ? and grp = ? and name = ?", ctx.scope, group, stream
    )[0]
    if kept:
        _store(ctx, group, stream, kept, next_seq, now)
    rejected = _rejected(given, now)
    token = f"{next_seq + len(kept):056d}"
    return {"nextSequenceToken": token} | ({"rejectedLogEventsInfo": rejected} if rejected else {})


def _check(given: list[dict[str, Any]]) -> None:
    size = sum(len(event["message"].encode()) + _EVENT_OVERHEAD for event in given)
    if size > _LARGEST_BATCH:
        raise AwsError(
            "InvalidParameterException", f"Upload too large: {size} bytes exceeds limit of {_LARGEST_BATCH}"
        )
    times = [event["timestamp"] for event in given]
    if times != sorted(times):
        message = "Log events in a single PutLogEvents request must be in chronological order."
        raise AwsError("InvalidParameterException", message)


def _store(
    ctx: Context, group: str, stream: str, events: list[dict[str, Any]], first_seq: int, now: int
) -> None:
    ctx.tx.sql_many(
        "insert into logs_event (scope, grp, stream, at, seq, ingested, message) values (?, ?, ?, ?, ?, ?, ?)",
        [
            (ctx.scope, group, stream, event["timestamp"], first_seq + n, now, event["message"])
            for n, event in enumerate(events)
        ],
    )
    times = [event["timestamp"] for event in events]
    ctx.tx.sql(
        "update logs_stream set next_seq = ?, last_ingestion = ?, "
        "first_event = case when first_event is null or first_event > ? then ? else first_event end, "
        "last_event = case when last_event is null or last_event < ? then ? else last_event end "
        "where scope = ? and grp = ? and name = ?",
        first_seq + len(events), now, min(times), min(times), max(times), max(times), ctx.scope, group, stream,
    )  # fmt: skip
    groups.expire(ctx, group)


def _rejected(given: list[dict[str, Any]], now: int) -> dict[str, int]:
    times = [event["timestamp"] for event in given]
    old = sum(1 for at in times if at < now - _TOO_OLD)
    new = next((n for n, at in enumerate(times) if at > now + _TOO_NEW), None)
    found = {"tooOldLogEventEndIndex": old} if old else {}
    return found | ({"tooNewLogEventStartIndex": new} if new is not None else {})


def _target(ctx: Context, params: dict[str, Any]) -> list[str]:
    return [f"{groups.group_arn(ctx, groups.group_name(params))}:log-stream:{params['logStreamName']}"]


@logs.operation(on=_target)
def get_log_events(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """A page of one stream: from the head, from the tail, or on from a token. At an end the token stays as it is."""
    group, stream = groups.group_name(params), params["logStreamName"]
    streams.require_stream(ctx, group, stream)
    limit = params.get("limit", _MOST)
    token = params.get("nextToken")
    forward, place = _read(token) if token else (params.get("startFromHead", False), None)
    rows = _page(ctx, group, stream, params, forward, place, limit)
    if rows:
        return {
            "events": [{"timestamp": at, "message": text, "ingestionTime": put} for at, _, put, text in rows],
            "nextForwardToken": _token("f", rows[-1][0], rows[-1][1]),
            "nextBackwardToken": _token("b", rows[0][0], rows[0][1]),
        }
    at, seq = place or (0, 0)
    return {"events": [], "nextForwardToken": _token("f", at, seq), "nextBackwardToken": _token("b", at, seq)}


def _page(
    ctx: Context,
    group: str,
    stream: str,
    params: dict[str, Any],
    forward: bool,
    place: tuple[int, int] | None,
    limit: int,
) -> list[tuple[Any, ...]]:
    """Rows (time, sequence, ingestion, message) in chronological order."""
    where, args = "scope = ? and grp = ? and stream = ?", [ctx.scope, group, stream]
    if params.get("startTime") is not None:
        where, args = where + " and at >= ?", [*args, params["startTime"]]
    if params.get("endTime") is not None:
        where, args = where + " and at < ?", [*args, params["endTime"]]
    if place is not None:
        sign = ">" if forward else "<"
        where, args = where + f" and (at, seq) {sign} (?, ?)", [*args, *place]
    order = "asc" if forward else "desc"
    statement = f"select at, seq, ingested, message from logs_event where {where} order by at {order}, seq {order} limit {int(limit)}"
    rows = ctx.tx.sql(statement, *args)
    return rows if forward else rows[::-1]


def _token(direction: str, at: int, seq: int) -> str:
    """The form of AWS's own tokens: a direction and 56 digits."""
    return f"{direction}/{at:018d}{seq:038d}/s"


def _read(token: str) -> tuple[bool, tuple[int, int]]:
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    return match[1] == "f", (int(match[2]), int(match[3]))
