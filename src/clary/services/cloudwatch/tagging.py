"""Tags of alarms, and of nothing else: all services keep their tags in one table, and each has rights of its own."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Record
from clary.plane.nouns.tags import Tagging, TagRules
from clary.services.cloudwatch.alarms.noun import ALARM
from clary.services.cloudwatch.service import cloudwatch
from clary.wire.parameters import too_many


def _alarm(ctx: Context, arn: str) -> Record | None:
    """The alarm of this account that has the ARN, None where there is none or it is something else's."""
    record = ctx.tx.by_arn(arn)
    mine = record is not None and record.kind == ALARM.kind and record.scope.startswith(f"{ctx.account}/")
    return record if mine else None


def _tagged(ctx: Context, arn: str) -> str:
    """The ARN, if it is of an alarm of this account and region. Raise ResourceNotFoundException otherwise."""
    record = _alarm(ctx, arn)
    if record is None or record.scope != ctx.scope:
        name = arn.rsplit(":", 1)[-1]
        members = {"ResourceType": "alarm", "ResourceId": name}
        raise AwsError("ResourceNotFoundException", f"{arn} does not exist", 404, members)
    return arn


def _listed(ctx: Context, arn: str) -> str:
    """What is not there has no tags (recorded: list_tags_for_deleted_resource)."""
    return arn if _alarm(ctx, arn) else ""


_RULES = TagRules(
    reserved="InvalidParameterValue",
    twice=None,
    too_many=("InvalidParameterValue", too_many("Tags", 50)),
)
cloudwatch.tagged(Tagging(_RULES, _tagged, _listed))
