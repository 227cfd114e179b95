"""Tags of functions and event source mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Context
from clary.plane.reserved_tags import refuse_reserved
from clary.services.lambda_ import names
from clary.services.lambda_.errors import invalid, no_function, not_found
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]
_MOST = 50


def checked(given: Mapping[str, str], held: Mapping[str, str]) -> None:
    """Raise InvalidParameterValue for tags that a resource cannot have beside those it has."""
    refuse_reserved(dict(given), "InvalidParameterValueException")
    if len({*given, *held}) > _MOST:
        raise invalid("Number of tags exceeds resource tag limit.")


def target(ctx: Context, params: Params) -> list[str]:
    """Return the ARN that is tagged."""
    return [params["Resource"]]


@lambda_.operation(on=target)
def tag_resource(ctx: Context, params: Params) -> Params:
    """Add tags to a resource, or overwrite them."""
    arn = _arn(ctx, params)
    if not params["Tags"]:
        raise invalid("An error occurred and the request cannot be processed.")
    checked(params["Tags"], ctx.tx.tags(arn))
    ctx.tx.tag(arn, params["Tags"])
    return {}


@lambda_.operation(on=target)
def untag_resource(ctx: Context, params: Params) -> Params:
    """Remove tags of a resource. A tag that it does not have is no error."""
    ctx.tx.untag(_arn(ctx, params), params["TagKeys"])
    return {}


@lambda_.operation(on=target)
def list_tags(ctx: Context, params: Params) -> Params:
    """Return the tags of a resource."""
    return {"Tags": ctx.tx.tags(_arn(ctx, params))}


def _arn(ctx: Context, params: Params) -> str:
    """Return the ARN of a resource that is there and can have tags. Raise ResourceNotFound, InvalidParameterValue."""
    arn = params["Resource"]
    named = names.of_arn(arn)
    if named is not None and named.qualifier:
        raise invalid(
            "Tags on function aliases and versions are not supported. Please specify a function ARN."
        )
    if ctx.tx.by_arn(arn) is None:
        raise no_function(arn) if named is not None else not_found(f"Event source mapping not found: {arn}")
    return arn
