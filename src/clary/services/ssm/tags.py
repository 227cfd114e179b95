"""Tags of parameters. Other resource types that Systems Manager tags are not here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented
from clary.plane import Context, Members
from clary.plane.nouns.tags import Pairs, TagRules, pairs_of
from clary.services.ssm import rows
from clary.services.ssm.names import Params, arn_of, key_of, tags_target
from clary.services.ssm.service import ssm

RULES = TagRules(
    twice=None,  # AddTagsToResource takes the last value of a key
    too_many=(
        "TooManyTagsError",
        "The Targets parameter includes too many tags: at most {most} for a resource.",
    ),
)


def pairs_in(params: Mapping[str, Any]) -> Pairs:
    """Return the tags of a request as pairs."""
    return pairs_of(params.get("Tags"))


def _tagged(ctx: Context, params: Params) -> str:
    """Return the ARN that a parameter is tagged by. Raise InvalidResourceId, and NotImplemented for other types."""
    if params["ResourceType"] != "Parameter":
        raise not_implemented("ssm", f"{ctx.op.name} with ResourceType {params['ResourceType']}")
    key = key_of(params["ResourceId"])
    if rows.newest(ctx, key) is None:
        raise AwsError(
            "InvalidResourceId",
            "The resource ID isn't valid. Verify that you entered the correct ID and try again.",
        )
    return arn_of(ctx, key)


@ssm.operation(on=tags_target, accepts=Members("ResourceType ResourceId Tags"))
def add_tags_to_resource(ctx: Context, params: Params) -> Params:
    """Set tags of a parameter. Raise InvalidResourceId and TooManyTagsError."""
    arn = _tagged(ctx, params)
    ctx.tx.tag(arn, RULES.check(pairs_in(params), ctx.tx.tags(arn), arn))
    return {}


@ssm.operation(on=tags_target, accepts=Members("ResourceType ResourceId TagKeys"))
def remove_tags_from_resource(ctx: Context, params: Params) -> Params:
    """Remove tags of a parameter; keys that it does not have are no error. Raise InvalidResourceId."""
    ctx.tx.untag(_tagged(ctx, params), params["TagKeys"])
    return {}


@ssm.operation(on=tags_target)
def list_tags_for_resource(ctx: Context, params: Params) -> Params:
    """Return the tags of a parameter. Raise InvalidResourceId."""
    found = ctx.tx.tags(_tagged(ctx, params))
    return {"TagList": [{"Key": key, "Value": value} for key, value in found.items()]}
