"""Log streams of a group."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.logs import groups
from clary.services.logs.service import logs

STREAM = "log-group:{logGroupName}:log-stream:{logStreamName}"


def require_stream(ctx: Context, group: str, stream: str) -> None:
    """Raises ResourceNotFoundException in AWS's words."""
    groups.require_group(ctx, group)
    if not ctx.tx.sql(
        "select 1 from logs_stream where scope = ? and grp = ? and name = ?", ctx.scope, group, stream
    ):
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")


@logs.operation(on=STREAM)
def create_log_stream(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    group, stream = params["logGroupName"], params["logStreamName"]
    groups.require_group(ctx, group)
    if ctx.tx.sql(
        "select 1 from logs_stream where scope = ? and grp = ? and name = ?", ctx.scope, group, stream
    ):
        raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
    statement = "insert into logs_stream (scope, grp, name, created, next_seq) values (?, ?, ?, ?, 1)"
    ctx.tx.sql(statement, ctx.scope, group, stream, int(ctx.now * 1000))
    return {}


@logs.operation(on=STREAM)
def delete_log_stream(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    group, stream = params["logGroupName"], params["logStreamName"]
    require_stream(ctx, group, stream)
    ctx.tx.sql("delete from logs_event where scope = ? and grp = ? and stream = ?", ctx.scope, group, stream)
    ctx.tx.sql("delete from logs_stream where scope = ? and grp = ? and name = ?", ctx.scope, group, stream)
    return {}


@logs.operation(on=groups.target)
def describe_log_streams(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """By name, or by the time of the last event."""
    group, prefix = groups.group_name(params), params.get("logStreamNamePrefix", "")
    groups.require_group(ctx, group)
    by_time = params.get("orderBy") == "LastEventTime"
    if by_time and prefix:
        message = "Cannot order by LastEventTime with a logStreamNamePrefix."
        raise AwsError("InvalidParameterException", message)
    statement = (
        "select name, created, first_event, last_event, last_ingestion, next_seq from logs_stream "
        "where scope = ? and grp = ?"
    )
    rows = [row for row in ctx.tx.sql(statement, ctx.scope, group) if row[0].startswith(prefix)]
    rows.sort(
        key=lambda row: (row[3] or 0, row[0]) if by_time else row[0], reverse=params.get("descending", False)
    )
    start = int(read_token(ctx, params["nextToken"])) if params.get("nextToken") else 0
    end = start + params.get("limit", 50)
    shown = [_shown(ctx, group, *row) for row in rows[start:end]]
    return {"logStreams": shown} | ({"nextToken": sign_token(ctx, end)} if end < len(rows) else {})


def _shown(
    ctx: Context,
    group: str,
    name: str,
    created: int,
    first: int | None,
    last: int | None,
    ingestion: int | None,
    next_seq: int,
) -> dict[str, Any]:
    return {
        "logStreamName": name,
        "creationTime": created,
        "firstEventTimestamp": first,
        "lastEventTimestamp": last,
        "lastIngestionTime": ingestion,
        "uploadSequenceToken": f"{next_seq:056d}",
        "arn": ctx.arn(f"log-group:{group}:log-stream:{name}"),
        # AWS has shown 0 here since 2019 (API reference of LogStream).
        "storedBytes": 0,
    }
