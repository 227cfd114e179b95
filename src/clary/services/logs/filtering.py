"""FilterLogEvents: events of many streams, by pattern
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html)."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.logs import groups
from clary.services.logs.pattern import compile_pattern
from clary.services.logs.service import logs

_MOST = 10_000


@logs.operation(on=groups.target)
def filter_log_events(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    group = groups.group_name(params)
    groups.require_group(ctx, group)
    if params.get("logStreamNames") and params.get("logStreamNamePrefix"):
        message = "logStreamNamePrefix and logStreamNames are mutually exclusive parameters."
        raise AwsError("InvalidParameterException", message)
    accepts = compile_pattern(params.get("filterPattern", ""))
    limit = params.get("limit", _MOST)
    found = []
    for at, seq, ingested, message, stream in _rows(ctx, group, params):
        if accepts(message):
            if len(found) == limit:
                last = found[-1]
                return _out(found) | {
                    "nextToken": sign_token(ctx, [last["timestamp"], last["_seq"], last["logStreamName"]])
                }
            found.append(
                {
                    "timestamp": at,
                    "message": message,
                    "ingestionTime": ingested,
                    "logStreamName": stream,
                    "eventId": f"{at:018d}{seq:038d}",
                    "_seq": seq,
                }
            )
    return _out(found)


def _out(found: list[dict[str, Any]]) -> dict[str, Any]:
    # AWS has answered an empty list of searched streams since 2019 (API reference).
    return {"events": found, "searchedLogStreams": []}


def _rows(ctx: Context, group: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    where, args = "scope = ? and grp = ?", [ctx.scope, group]
    for member, condition in (("startTime", "at >= ?"), ("endTime", "at <= ?")):
        if params.get(member) is not None:
            where, args = f"{where} and {condition}", [*args, params[member]]
    if params.get("nextToken"):
        where, args = (
            f"{where} and (at, seq, stream) > (?, ?, ?)",
            [*args, *read_token(ctx, params["nextToken"])],
        )
    statement = (
        f"select at, seq, ingested, message, stream from logs_event where {where} order by at, seq, stream"
    )
    names, prefix = params.get("logStreamNames"), params.get("logStreamNamePrefix", "")
    rows = ctx.tx.sql(statement, *args)
    return [row for row in rows if row[4].startswith(prefix) and (not names or row[4] in names)]
