"""Tags of secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Context, Members
from clary.plane.nouns.tags import TagRules, pairs_of
from clary.services.secretsmanager import secret
from clary.services.secretsmanager.names import Params, target
from clary.services.secretsmanager.service import secretsmanager

RULES = TagRules(
    reserved="InvalidParameterException",
    twice=("InvalidParameterException", "Tag keys must be unique."),
    too_many=("InvalidParameterException", "A secret may have at most {most} tags."),
)


def of_request(params: Mapping[str, Any], held: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the tags of a request. Raise InvalidParameterException for those that AWS rejects."""
    return RULES.check(pairs_of(params.get("Tags")), held)


@secretsmanager.operation(on=target, accepts=Members("SecretId Tags"))
def tag_resource(ctx: Context, params: Params) -> Params:
    """Set tags of a secret."""
    found = secret.usable(ctx, params["SecretId"])
    ctx.tx.tag(found.arn, of_request(params, ctx.tx.tags(found.arn)))
    ctx.tx.update(secret.changed(ctx, found))
    return {}


@secretsmanager.operation(on=target, accepts=Members("SecretId TagKeys"))
def untag_resource(ctx: Context, params: Params) -> Params:
    """Remove tags of a secret; keys that it does not have are no error."""
    found = secret.usable(ctx, params["SecretId"])
    ctx.tx.untag(found.arn, params["TagKeys"])
    ctx.tx.update(secret.changed(ctx, found))
    return {}
