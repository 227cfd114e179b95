"""Log streams of a group."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import sign_token
from clary.services.logs.names import STREAM, Params, group_name, group_target, place_in, refused
from clary.services.logs.rows import STREAM_COLUMNS, Stream, after_prefix, group_of, now_in, stream_of
from clary.services.logs.service import logs
from clary.store.api import Exists

_PAGE = 50


@logs.operation(on=STREAM)
def create_log_stream(ctx: Context, params: Params) -> Params:
    group = group_of(ctx, params["logGroupName"])
    try:
        ctx.tx.sql(
            "insert into logs_stream (grp, name, created, last_event, next_seq, bytes) values (?, ?, ?, 0, 1, 0)",
            group.number,
            params["logStreamName"],
            now_in(ctx),
        )
    except Exists:
        message = "The specified log stream already exists"
        raise AwsError("ResourceAlreadyExistsException", message) from None
    return {}


@logs.operation(on=STREAM)
def delete_log_stream(ctx: Context, params: Params) -> Params:
    stream = stream_of(ctx, group_of(ctx, params["logGroupName"]), params["logStreamName"])
    ctx.tx.sql("delete from logs_event where stream = ?", stream.number)
    ctx.tx.sql("delete from logs_stream where number = ?", stream.number)
    return {}


@logs.operation(on=group_target)
def describe_log_streams(ctx: Context, params: Params) -> Params:
    """By name, or by the time of the last event."""
    group = group_of(ctx, group_name(ctx, params))
    by_time = params.get("orderBy") == "LastEventTime"
    if by_time and params.get("logStreamNamePrefix"):
        raise refused("Cannot order by LastEventTime with a logStreamNamePrefix.")
    limit = params.get("limit", _PAGE)
    found = _page(ctx, group.number, params, by_time, limit)
    shown = [_shown(ctx, group.name, stream) for stream in found[:limit]]
    if len(found) <= limit:
        return {"logStreams": shown}
    last = found[limit - 1]
    place = [last.last_event, last.name] if by_time else [last.name]
    return {"logStreams": shown, "nextToken": sign_token(ctx, place)}


def _page(ctx: Context, group: int, params: Params, by_time: bool, limit: int) -> list[Stream]:
    """One more than `limit`, where there are so many."""
    columns = ["last_event", "name"] if by_time else ["name"]
    down = params.get("descending", False)
    where, args = ["grp = ?"], [group]
    if prefix := params.get("logStreamNamePrefix"):
        where += ["name >= ?", "name < ?"]
        args += [prefix, after_prefix(prefix)]
    if place := place_in(ctx, params.get("nextToken")):
        if len(place) != len(columns):
            raise refused("The specified nextToken is invalid.")
        marks = ", ".join("?" for _ in columns)
        where.append(f"({', '.join(columns)}) {'<' if down else '>'} ({marks})")
        args += place
    order = ", ".join(f"{column} {'desc' if down else 'asc'}" for column in columns)
    statement = (
        f"select {STREAM_COLUMNS} from logs_stream where {' and '.join(where)} order by {order} limit ?"
    )
    return [Stream(*row) for row in ctx.tx.sql(statement, *args, limit + 1)]


def _shown(ctx: Context, group: str, stream: Stream) -> dict[str, Any]:
    """A stream without events has neither their times nor a sequence token (recorded: describe with a prefix)."""
    used = stream.next_seq > 1
    return {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        "firstEventTimestamp": stream.first_event,
        "lastEventTimestamp": stream.last_event or None,
        "lastIngestionTime": stream.last_ingestion,
        "uploadSequenceToken": f"{stream.next_seq:056d}" if used else None,
        "arn": ctx.arn(f"log-group:{group}:log-stream:{stream.name}"),
        # AWS has shown 0 here since 2019 (API reference of LogStream).
        "storedBytes": 0,
    }
