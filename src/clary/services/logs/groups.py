"""Log groups: create, list, delete, and set their retention."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane import Also, Context
from clary.plane.paging import sign_token
from clary.plane.reserved_tags import refuse_reserved
from clary.services.logs.errors import already_exists, invalid_parameter
from clary.services.logs.names import (
    ANY_GROUP,
    GROUP,
    Params,
    group_arn,
    group_name_in,
    read_position,
)
from clary.services.logs.rows import (
    GROUP_COLUMNS,
    Group,
    after_prefix,
    expire,
    load_group,
    now_ms,
    placeholders,
    stored_bytes,
)
from clary.services.logs.service import logs
from clary.store.api import Exists

_PAGE = 50
_KINDS = ("STANDARD", "INFREQUENT_ACCESS")
_LISTED_AS = {
    "ESSENTIALS": "INFREQUENT_ACCESS"
}  # listing one class returns the groups of both (API reference)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTIONS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip


# "You must have either the logs:TagResource or logs:TagLogGroup permission" (CreateLogGroup, API reference).
_TAGGING = Also("logs:TagResource", "tags", instead=("logs:TagLogGroup",))


@logs.operation(on=GROUP, also=(_TAGGING,))
def create_log_group(ctx: Context, params: Params) -> Params:
    name, kind = params["logGroupName"], params.get("logGroupClass", "STANDARD")
    _reject_absent_members(params, kind)
    if name.lower().startswith("aws/") and not ctx.caller.service:
        raise invalid_parameter("Log groups starting with AWS/ are reserved for AWS.")
    refuse_reserved(params.get("tags", {}), "InvalidParameterException")
    _insert(ctx, name, kind)
    if params.get("tags"):
        ctx.tx.tag(group_arn(ctx, name), params["tags"])
    return {}


def _insert(ctx: Context, name: str, kind: str) -> None:
    """Insert a new group. Raise ResourceAlreadyExistsException."""
    statement = "INSERT INTO logs_group (scope, name, created, kind) VALUES (?, ?, ?, ?)"
    try:
        ctx.tx.sql(statement, ctx.scope, name, now_ms(ctx), kind)
    except Exists:
        raise already_exists("log group") from None


def _reject_absent_members(params: Params, kind: str) -> None:
    absent = [member for member in ("kmsKeyId", "deletionProtectionEnabled") if params.get(member)]
    absent += [] if kind in _KINDS else [f"logGroupClass {kind}"]
    if absent:
        raise not_implemented("logs", f"CreateLogGroup with {', '.join(absent)}")


@logs.operation(on=GROUP)
def delete_log_group(ctx: Context, params: Params) -> Params:
    group = load_group(ctx, params["logGroupName"])
    ctx.tx.sql("DELETE FROM logs_event WHERE grp = ?", group.number)
    ctx.tx.sql("DELETE FROM logs_stream WHERE grp = ?", group.number)
    ctx.tx.sql("DELETE FROM logs_group WHERE number = ?", group.number)
    arn = group_arn(ctx, group.name)
    ctx.tx.untag(arn, list(ctx.tx.tags(arn)))
    return {}


@logs.operation(on=ANY_GROUP, lane="heavy_read")
def describe_log_groups(ctx: Context, params: Params) -> Params:
    """List groups by name, all or those with a prefix, with a part of the name (case-sensitive), or with
    given names."""
    prefix, pattern = params.get("logGroupNamePrefix"), params.get("logGroupNamePattern")
    if prefix and pattern:
        raise invalid_parameter(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    limit = params.get("limit", _PAGE)
    found = _page(ctx, params, limit)
    # With a pattern, the answer has no storedBytes (API reference, and recorded).
    shown = [_shown(ctx, group, brief=bool(pattern)) for group in found[:limit]]
    more = {"nextToken": sign_token(ctx, found[limit - 1].name)} if len(found) > limit else {}
    return {"logGroups": shown, **more}


def _page(ctx: Context, params: Params, limit: int) -> list[Group]:
    """Return up to `limit` groups and one more, if there are more."""
    where, args = ["scope = ?", "name > ?"], [ctx.scope, read_position(ctx, params.get("nextToken")) or ""]
    if prefix := params.get("logGroupNamePrefix"):
        where += ["name >= ?", "name < ?"]
        args += [prefix, after_prefix(prefix)]
    if pattern := params.get("logGroupNamePattern"):
        where.append("instr(name, ?) > 0")
        args.append(pattern)
    if kind := params.get("logGroupClass"):
        where.append("kind = ?")
        args.append(_LISTED_AS.get(kind, kind))
    if identifiers := params.get("logGroupIdentifiers"):
        where.append(f"name IN ({placeholders(identifiers)})")
        args += [group_name_in(ctx, identifier) for identifier in identifiers]
    statement = f"SELECT {GROUP_COLUMNS} FROM logs_group WHERE {' AND '.join(where)} ORDER BY name LIMIT ?"
    return [Group(*row) for row in ctx.tx.sql(statement, *args, limit + 1)]


def _shown(ctx: Context, group: Group, brief: bool) -> dict[str, Any]:
    arn = group_arn(ctx, group.name)
    shown = {
        "logGroupName": group.name,
        "creationTime": group.created,
        "metricFilterCount": 0,
        "arn": arn + ":*",
        "logGroupArn": arn,
        "logGroupClass": group.kind,
    }
    return (
        shown
        if brief
        else shown | {"retentionInDays": group.retention, "storedBytes": stored_bytes(ctx, group)}
    )


@logs.operation(on=GROUP)
def put_retention_policy(ctx: Context, params: Params) -> Params:
    """Set the retention. Older events disappear at once and are deleted when new ones arrive."""
    days = params["retentionInDays"]
    if days not in _RETENTIONS:
        allowed = ", ".join(map(str, _RETENTIONS))
        raise invalid_parameter(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{allowed}]"
        )
    group = load_group(ctx, params["logGroupName"])
    ctx.tx.sql("UPDATE logs_group SET retention = ? WHERE number = ?", days, group.number)
    expire(ctx, replace(group, retention=days))
    return {}


@logs.operation(on=GROUP)
def delete_retention_policy(ctx: Context, params: Params) -> Params:
    group = load_group(ctx, params["logGroupName"])
    ctx.tx.sql("UPDATE logs_group SET retention = NULL WHERE number = ?", group.number)
    return {}
