"""Pages of ECR's lists: `nextToken` in and out."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.ecr.errors import invalid

Params = dict[str, Any]


def read(ctx: Context, params: Params) -> list[Any] | None:
    """Return where a page begins, None for the first. Raise InvalidParameterException for a token that ECR did not give."""
    if not params.get("nextToken"):
        return None
    try:
        return list(read_token(ctx, params["nextToken"]))
    except AwsError:
        raise invalid("NextToken", "Invalid token") from None


def more(ctx: Context, position: list[Any] | None) -> Params:
    """Return the member that says that there is another page, after a position."""
    return {} if position is None else {"nextToken": sign_token(ctx, position)}
