"""Tags of alarms, and of nothing else: all services keep their tags in one table, and each has rights of its own."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Record
from clary.services.cloudwatch.alarms.checks import check_tags
from clary.services.cloudwatch.alarms.noun import ALARM
from clary.services.cloudwatch.service import cloudwatch

Params = dict[str, Any]


def _by_arn(ctx: Context, params: Params) -> list[str]:
    return [params["ResourceARN"]]


def _alarm(ctx: Context, arn: str) -> Record | None:
    """The alarm of this account that has the ARN, None where there is none or it is something else's."""
    record = ctx.tx.by_arn(arn)
    mine = record is not None and record.kind == ALARM.kind and record.scope.startswith(f"{ctx.account}/")
    return record if mine else None


def _tagged(ctx: Context, params: Params) -> str:
    """The ARN, if it is of an alarm of this account and region. Raise ResourceNotFoundException otherwise."""
    arn = params["ResourceARN"]
    record = _alarm(ctx, arn)
    if record is None or record.scope != ctx.scope:
        name = arn.rsplit(":", 1)[-1]
        members = {"ResourceType": "alarm", "ResourceId": name}
        raise AwsError("ResourceNotFoundException", f"{arn} does not exist", 404, members)
    return arn


@cloudwatch.operation(on=_by_arn)
def tag_resource(ctx: Context, params: Params) -> Params:
    arn = _tagged(ctx, params)
    check_tags(params["Tags"], ctx.tx.tags(arn))
    ctx.tx.tag(arn, {tag["Key"]: tag["Value"] for tag in params["Tags"]})
    return {}


@cloudwatch.operation(on=_by_arn)
def untag_resource(ctx: Context, params: Params) -> Params:
    ctx.tx.untag(_tagged(ctx, params), params["TagKeys"])
    return {}


@cloudwatch.operation(on=_by_arn)
def list_tags_for_resource(ctx: Context, params: Params) -> Params:
    """What is not there has no tags (recorded: list_tags_for_deleted_resource)."""
    arn = params["ResourceARN"]
    tags = ctx.tx.tags(arn) if _alarm(ctx, arn) else {}
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
