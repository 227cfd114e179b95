"""Tags of log groups, by ARN, and by name with the older operations."""

from __future__ import annotations

from clary.plane import Context
from clary.plane.nouns.tags import Tagging, TagRules
from clary.services.logs.names import GROUP, Params, group_arn, group_name_in
from clary.services.logs.rows import load_group
from clary.services.logs.service import logs


def _named(ctx: Context, name: str) -> str:
    """Return the ARN that a group is tagged by. Raise ResourceNotFoundException."""
    return group_arn(ctx, load_group(ctx, name).name)


def _by_arn(ctx: Context, arn: str) -> str:
    return _named(ctx, group_name_in(ctx, arn))


_RULES = TagRules(
    reserved="InvalidParameterException",
    twice=None,
    too_many=("TooManyTagsException", "The resource {arn} has too many tags: at most {most} are allowed."),
)
logs.tagged(Tagging(_RULES, _by_arn))


@logs.operation(on=GROUP)
def tag_log_group(ctx: Context, params: Params) -> Params:
    arn = _named(ctx, params["logGroupName"])
    ctx.tx.tag(arn, _RULES.check(list(params["tags"].items()), ctx.tx.tags(arn), arn))
    return {}


@logs.operation(on=GROUP)
def untag_log_group(ctx: Context, params: Params) -> Params:
    ctx.tx.untag(_named(ctx, params["logGroupName"]), params["tags"])
    return {}


@logs.operation(on=GROUP)
def list_tags_log_group(ctx: Context, params: Params) -> Params:
    return {"tags": ctx.tx.tags(_named(ctx, params["logGroupName"]))}
