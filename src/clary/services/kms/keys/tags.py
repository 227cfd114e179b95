"""TagResource, UntagResource and ListResourceTags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.kms import pages, targets
from clary.services.kms.errors import limit_exceeded
from clary.services.kms.keys import states
from clary.services.kms.service import kms

Params = dict[str, Any]
_MOST = 50  # tags of a key (KMS Developer Guide, "Tags in AWS KMS")


@kms.operation(on=targets.on_plain_key)
def tag_resource(ctx: Context, params: Params) -> Params:
    """Add tags to a key, or overwrite them."""
    key = targets.plain_key_of(ctx, params)
    states.refuse_leaving(key)
    ctx.tx.tag(key.arn, checked(params["Tags"], ctx.tx.tags(key.arn)))
    return {}


@kms.operation(on=targets.on_plain_key)
def untag_resource(ctx: Context, params: Params) -> Params:
    """Remove tags of a key. A tag that it does not have is no error."""
    key = targets.plain_key_of(ctx, params)
    states.refuse_leaving(key)
    for name in params["TagKeys"]:
        _refuse_reserved(name)
    ctx.tx.untag(key.arn, params["TagKeys"])
    return {}


@kms.operation(on=targets.on_plain_key)
def list_resource_tags(ctx: Context, params: Params) -> Params:
    """Return a page of the tags of a key, by their keys."""
    key = targets.plain_key_of(ctx, params)
    limit, after = pages.read(ctx, params, 50, 50)
    tags = ctx.tx.tags(key.arn)
    found = [{"TagKey": name, "TagValue": tags[name]} for name in sorted(tags) if name > after]
    return pages.page(ctx, "Tags", found[: limit + 1], limit, lambda tag: tag["TagKey"])


def checked(given: Sequence[Mapping[str, str]], known: Mapping[str, str]) -> dict[str, str]:
    """Return tags as a mapping. Raise TagException or LimitExceededException."""
    found = {tag["TagKey"]: tag["TagValue"] for tag in given}
    if len(found) < len(given):
        raise AwsError("TagException", "Duplicate tag keys")
    for name in found:
        _refuse_reserved(name)
    if len({**known, **found}) > _MOST:
        raise limit_exceeded(f"A key can have at most {_MOST} tags")
    return found


def _refuse_reserved(name: str) -> None:
    if name.lower().startswith("aws:"):
        raise AwsError("TagException", "Tags beginning with aws: are reserved")
