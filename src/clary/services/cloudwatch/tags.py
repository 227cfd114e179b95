"""Tags of alarms. All services store tags in one table, so operations here check that an ARN is an alarm's."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Record
from clary.plane.nouns.tags import Tagging, TagRules
from clary.services.cloudwatch.alarms.noun import ALARM
from clary.services.cloudwatch.service import cloudwatch
from clary.wire.parameters import too_many


def _alarm(ctx: Context, arn: str) -> Record | None:
    """Return the alarm of this account with the ARN, or None."""
    record = ctx.tx.by_arn(arn)
    mine = record is not None and record.kind == ALARM.kind and record.scope.startswith(f"{ctx.account}/")
    return record if mine else None


def _tagged(ctx: Context, arn: str) -> str:
    """Return the ARN of an alarm of this account and region. Raise ResourceNotFoundException for anything
    else."""
    record = _alarm(ctx, arn)
    if record is None or record.scope != ctx.scope:
        name = arn.rsplit(":", 1)[-1]
        members = {"ResourceType": "alarm", "ResourceId": name}
        raise AwsError("ResourceNotFoundException", f"{arn} does not exist", 404, members)
    return arn


def _listed(ctx: Context, arn: str) -> str:
    """Return the ARN, or '' if there is no such alarm: it then has no tags (recorded:
    list_tags_for_deleted_resource)."""
    return arn if _alarm(ctx, arn) else ""


_RULES = TagRules(
    reserved="InvalidParameterValue",
    twice=None,
    too_many=("InvalidParameterValue", too_many("Tags", 50)),
)
cloudwatch.tagged(Tagging(_RULES, _tagged, _listed))
