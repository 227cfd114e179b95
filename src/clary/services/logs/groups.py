"""Log groups: their names, retention and tags."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.logs.service import logs

GROUP = "log-group:{logGroupName}"


def group_arn(ctx: Context, name: str) -> str:
    return ctx.arn(f"log-group:{name}")


def require_group(ctx: Context, name: str) -> None:
    """Raises ResourceNotFoundException in AWS's words."""
    if not ctx.tx.sql("select 1 from logs_group where scope = ? and name = ?", ctx.scope, name):
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")


def group_name(params: dict[str, Any]) -> str:
    """The group by name or by ARN, whichever was given. Raises InvalidParameterException for none."""
    if params.get("logGroupName"):
        return params["logGroupName"]
    if params.get("logGroupIdentifier"):
        identifier = params["logGroupIdentifier"]
        return identifier.split(":log-group:", 1)[-1].removesuffix(":*")
    raise AwsError("InvalidParameterException", "Please specify either logGroupName or logGroupIdentifier.")


def target(ctx: Context, params: dict[str, Any]) -> list[str]:
    """What IAM is asked about: the group's ARN as policies name it."""
    return [group_arn(ctx, group_name(params)) + ":*"]


@logs.operation(on=GROUP)
def create_log_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    name = params["logGroupName"]
    if params.get("logGroupClass", "STANDARD") != "STANDARD" or params.get("kmsKeyId"):
        raise AwsError("InvalidParameterException", "Only the STANDARD class without a KMS key is offered.")
    if ctx.tx.sql("select 1 from logs_group where scope = ? and name = ?", ctx.scope, name):
        raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
    statement = "insert into logs_group (scope, name, created) values (?, ?, ?)"
    ctx.tx.sql(statement, ctx.scope, name, int(ctx.now * 1000))
    if params.get("tags"):
        ctx.tx.tag(group_arn(ctx, name), params["tags"])
    return {}


@logs.operation(on=GROUP)
def delete_log_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    name = params["logGroupName"]
    require_group(ctx, name)
    ctx.tx.sql("delete from logs_event where scope = ? and grp = ?", ctx.scope, name)
    ctx.tx.sql("delete from logs_stream where scope = ? and grp = ?", ctx.scope, name)
    ctx.tx.sql("delete from logs_group where scope = ? and name = ?", ctx.scope, name)
    ctx.tx.untag(group_arn(ctx, name), list(ctx.tx.tags(group_arn(ctx, name))))
    return {}


@logs.operation
def describe_log_groups(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """In the order of their names, by prefix or by pattern (a case-insensitive part of the name)."""
    prefix, pattern = params.get("logGroupNamePrefix"), params.get("logGroupNamePattern")
    if prefix and pattern:
        message = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        raise AwsError("InvalidParameterException", message)
    limit = params.get("limit", 50)
    after = read_token(ctx, params["nextToken"]) if params.get("nextToken") else ""
    statement = "select name, created, retention from logs_group where scope = ? and name > ? order by name"
    rows = [
        row
        for row in ctx.tx.sql(statement, ctx.scope, after)
        if row[0].startswith(prefix or "") and (pattern or "").lower() in row[0].lower()
    ]
    shown = [_shown(ctx, *row) for row in rows[:limit]]
    return {"logGroups": shown} | (
        {"nextToken": sign_token(ctx, rows[limit - 1][0])} if len(rows) > limit else {}
    )


def _shown(ctx: Context, name: str, created: int, retention: int | None) -> dict[str, Any]:
    counted = ctx.tx.sql(
        "select coalesce(sum(length(message) + 26), 0) from logs_event where scope = ? and grp = ?",
        ctx.scope,
        name,
    )
    return {
        "logGroupName": name,
        "creationTime": created,
        "retentionInDays": retention,
        "metricFilterCount": 0,
        "arn": group_arn(ctx, name) + ":*",
        "logGroupArn": group_arn(ctx, name),
        "storedBytes": int(counted[0][0]),
        "logGroupClass": "STANDARD",
    }


@logs.operation(on=GROUP)
def put_retention_policy(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Older events are not shown any more, and deleted when new ones come."""
    require_group(ctx, params["logGroupName"])
    _retain(ctx, params["logGroupName"], params["retentionInDays"])
    return {}


@logs.operation(on=GROUP)
def delete_retention_policy(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    require_group(ctx, params["logGroupName"])
    _retain(ctx, params["logGroupName"], None)
    return {}


def _retain(ctx: Context, name: str, days: int | None) -> None:
    ctx.tx.sql("update logs_group set retention = ? where scope = ? and name = ?", days, ctx.scope, name)
    expire(ctx, name)


def expire(ctx: Context, name: str) -> None:
    """Delete what is older than the group's retention."""
    rows = ctx.tx.sql("select retention from logs_group where scope = ? and name = ?", ctx.scope, name)
    if rows and rows[0][0]:
        oldest = int((ctx.now - rows[0][0] * 86400) * 1000)
        ctx.tx.sql("delete from logs_event where scope = ? and grp = ? and at < ?", ctx.scope, name, oldest)


def _by_arn(ctx: Context, params: dict[str, Any]) -> list[str]:
    return [params["resourceArn"]]


def _arn_of(ctx: Context, params: dict[str, Any]) -> str:
    arn = params["resourceArn"].removesuffix(":*")
    require_group(ctx, arn.split(":log-group:", 1)[-1])
    return arn


@logs.operation(on=_by_arn)
def tag_resource(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    ctx.tx.tag(_arn_of(ctx, params), params["tags"])
    return {}


@logs.operation(on=_by_arn)
def untag_resource(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    ctx.tx.untag(_arn_of(ctx, params), params["tagKeys"])
    return {}


@logs.operation(on=_by_arn)
def list_tags_for_resource(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"tags": ctx.tx.tags(_arn_of(ctx, params))}
