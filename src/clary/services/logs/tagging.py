"""Tags of log groups, by ARN and by the older operations that go by name."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.reserved_tags import refuse_reserved
from clary.services.logs.names import GROUP, Params, group_arn, name_in
from clary.services.logs.rows import group_of
from clary.services.logs.service import logs

_MOST = 50


def _by_arn(ctx: Context, params: Params) -> list[str]:
    return [params["resourceArn"]]


def _named(ctx: Context, params: Params) -> str:
    return name_in(ctx, params["resourceArn"])


def _tagged(ctx: Context, name: str) -> str:
    """The ARN that a group's tags hang on. Raises ResourceNotFoundException."""
    return group_arn(ctx, group_of(ctx, name).name)


def _tag(ctx: Context, name: str, tags: dict[str, str]) -> Params:
    arn = _tagged(ctx, name)
    refuse_reserved(tags, "InvalidParameterException")
    if len({*ctx.tx.tags(arn), *tags}) > _MOST:
        message = f"The resource {arn} has too many tags: at most {_MOST} are allowed."
        raise AwsError("TooManyTagsException", message, members={"resourceName": arn})
    ctx.tx.tag(arn, tags)
    return {}


@logs.operation(on=_by_arn)
def tag_resource(ctx: Context, params: Params) -> Params:
    return _tag(ctx, _named(ctx, params), params["tags"])


@logs.operation(on=_by_arn)
def untag_resource(ctx: Context, params: Params) -> Params:
    ctx.tx.untag(_tagged(ctx, _named(ctx, params)), params["tagKeys"])
    return {}


@logs.operation(on=_by_arn)
def list_tags_for_resource(ctx: Context, params: Params) -> Params:
    return {"tags": ctx.tx.tags(_tagged(ctx, _named(ctx, params)))}


@logs.operation(on=GROUP)
def tag_log_group(ctx: Context, params: Params) -> Params:
    return _tag(ctx, params["logGroupName"], params["tags"])


@logs.operation(on=GROUP)
def untag_log_group(ctx: Context, params: Params) -> Params:
    ctx.tx.untag(_tagged(ctx, params["logGroupName"]), params["tags"])
    return {}


@logs.operation(on=GROUP)
def list_tags_log_group(ctx: Context, params: Params) -> Params:
    return {"tags": ctx.tx.tags(_tagged(ctx, params["logGroupName"]))}
