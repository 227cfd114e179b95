"""Log streams: create, delete and list."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.plane.paging import sign_token
from clary.services.logs.errors import already_exists, invalid_parameter
from clary.services.logs.names import STREAM, Params, group_name, group_target, read_position
from clary.services.logs.rows import STREAM_COLUMNS, Stream, after_prefix, load_group, load_stream, now_ms
from clary.services.logs.service import logs
from clary.store.api import Exists

_PAGE = 50


@logs.operation(on=STREAM)
def create_log_stream(ctx: Context, params: Params) -> Params:
    group = load_group(ctx, params["logGroupName"])
    try:
        ctx.tx.sql(
            "INSERT INTO logs_stream (grp, name, created, last_event, next_seq, bytes) VALUES (?, ?, ?, 0, 1, 0)",
            group.number,
            params["logStreamName"],
            now_ms(ctx),
        )
    except Exists:
        raise already_exists("log stream") from None
    return {}


@logs.operation(on=STREAM)
def delete_log_stream(ctx: Context, params: Params) -> Params:
    stream = load_stream(ctx, load_group(ctx, params["logGroupName"]), params["logStreamName"])
    ctx.tx.sql("DELETE FROM logs_event WHERE stream = ?", stream.number)
    ctx.tx.sql("DELETE FROM logs_stream WHERE number = ?", stream.number)
    return {}


@logs.operation(on=group_target)
def describe_log_streams(ctx: Context, params: Params) -> Params:
    """List streams by name, or by the time of their last event."""
    group = load_group(ctx, group_name(ctx, params))
    by_time = params.get("orderBy") == "LastEventTime"
    if by_time and params.get("logStreamNamePrefix"):
        raise invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
    limit = params.get("limit", _PAGE)
    found = _page(ctx, group.number, params, by_time, limit)
    shown = [_shown(ctx, group.name, stream) for stream in found[:limit]]
    if len(found) <= limit:
        return {"logStreams": shown}
    last = found[limit - 1]
    position = [last.last_event, last.name] if by_time else [last.name]
    return {"logStreams": shown, "nextToken": sign_token(ctx, position)}


def _page(ctx: Context, group: int, params: Params, by_time: bool, limit: int) -> list[Stream]:
    """Return up to `limit` streams and one more, if there are more."""
    columns = ["last_event", "name"] if by_time else ["name"]
    down = params.get("descending", False)
    where, args = ["grp = ?"], [group]
    if prefix := params.get("logStreamNamePrefix"):
        where += ["name >= ?", "name < ?"]
        args += [prefix, after_prefix(prefix)]
    if position := read_position(ctx, params.get("nextToken")):
        if len(position) != len(columns):
            raise invalid_parameter("The specified nextToken is invalid.")
        placeholders = ", ".join("?" for _ in columns)
        where.append(f"({', '.join(columns)}) {'<' if down else '>'} ({placeholders})")
        args += position
    order = ", ".join(f"{column} {'DESC' if down else 'ASC'}" for column in columns)
    statement = (
        f"SELECT {STREAM_COLUMNS} FROM logs_stream WHERE {' AND '.join(where)} ORDER BY {order} LIMIT ?"
    )
    return [Stream(*row) for row in ctx.tx.sql(statement, *args, limit + 1)]


def _shown(ctx: Context, group: str, stream: Stream) -> dict[str, Any]:
    """Return a stream as DescribeLogStreams shows it.

    Without events it has neither their times nor a sequence token (recorded: describe with a prefix).
    """
    used = stream.next_seq > 1
    return {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        "firstEventTimestamp": stream.first_event,
        "lastEventTimestamp": stream.last_event or None,
        "lastIngestionTime": stream.last_ingestion,
        "uploadSequenceToken": f"{stream.next_seq:056d}" if used else None,
        "arn": ctx.arn(f"log-group:{group}:log-stream:{stream.name}"),
        # AWS has returned 0 since 2019 (API reference, LogStream).
        "storedBytes": 0,
    }
