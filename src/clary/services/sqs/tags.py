"""Tags of queues."""

from __future__ import annotations

from collections.abc import Mapping

from clary.plane import Context, Members
from clary.plane.nouns.tags import TagRules
from clary.services.sqs.names import Params, load, target
from clary.services.sqs.service import sqs

_RULES = TagRules(
    reserved="InvalidParameterValue",
    twice=None,
    too_many=("InvalidParameterValue", "Too many tags added for queue. The most are {most}."),
)


def checked(given: Mapping[str, str], held: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the tags of a request. Raise InvalidParameterValue for those that AWS rejects."""
    return _RULES.check(list(given.items()), held)


@sqs.operation(on=target, accepts=Members("QueueUrl Tags"))
def tag_queue(ctx: Context, params: Params) -> Params:
    """Set tags of a queue."""
    record = load(ctx, params)
    ctx.tx.tag(record.arn, checked(params["Tags"], ctx.tx.tags(record.arn)))
    return {}


@sqs.operation(on=target, accepts=Members("QueueUrl TagKeys"))
def untag_queue(ctx: Context, params: Params) -> Params:
    """Remove tags of a queue; keys that it does not have are no error."""
    ctx.tx.untag(load(ctx, params).arn, params["TagKeys"])
    return {}


@sqs.operation(on=target)
def list_queue_tags(ctx: Context, params: Params) -> Params:
    """Return the tags of a queue; without any, no member at all (recorded: test_tag_untag_queue)."""
    found = ctx.tx.tags(load(ctx, params).arn)
    return {"Tags": found} if found else {}
