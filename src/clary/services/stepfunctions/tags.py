"""Tags of state machines and activities. Versions and aliases have none."""

from __future__ import annotations

from clary.plane import Context
from clary.plane.nouns.tags import Tagging, TagRules
from clary.services.stepfunctions.errors import no_resource
from clary.services.stepfunctions.names import read
from clary.services.stepfunctions.service import stepfunctions

RULES = TagRules(
    twice=None,
    too_many=("TooManyTags", "A resource may have at most {most} tags."),
    missing=("ResourceNotFound", "Resource not found: '{arn}'"),
)


def _tagged(ctx: Context, arn: str) -> str:
    read(arn, "stateMachine", "activity")
    record = ctx.tx.by_arn(arn)
    if record is None or record.scope != ctx.scope or not record.kind.startswith("stepfunctions:"):
        raise no_resource(arn)
    return arn


stepfunctions.tagged(Tagging(RULES, _tagged))
