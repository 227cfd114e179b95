"""Tags of repositories, and the rules that AWS has for them."""

from __future__ import annotations

from clary.plane import Context
from clary.plane.nouns.tags import Tagging, TagRules
from clary.services.ecr import names
from clary.services.ecr.errors import invalid, no_repository
from clary.services.ecr.service import ecr

RULES = TagRules(
    reserved="InvalidTagParameterException",
    twice=("InvalidTagParameterException", "Tag keys must be unique."),
    too_many=("TooManyTagsException", "The repository may have at most {most} tags."),
)


def _find(ctx: Context, arn: str) -> str:
    """Return the ARN of a repository that is there. Raise RepositoryNotFoundException."""
    record = names.find(ctx.tx, arn)
    if record is None or record.scope != ctx.scope:
        name = arn.partition(":repository/")[2]
        if not name:
            raise invalid("resourceArn", "Invalid ARN")
        raise no_repository(name, ctx.account)
    return record.arn


ecr.tagged(Tagging(RULES, _find))
