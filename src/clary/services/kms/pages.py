"""The pages of KMS's List operations: `Limit` and `Marker` in, `Truncated` and `NextMarker` out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context
from clary.plane.paging import read_token, sign_token

Params = dict[str, Any]


def read(ctx: Context, params: Params, usual: int, most: int) -> tuple[int, str]:
    """Return the size of the page and the position after which it begins. Raise InvalidMarkerException, and
    ValidationException for a limit above what the operation has."""
    limit = params.get("Limit", usual)
    if limit > most:
        raise validation(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have "
            f"value less than or equal to {most}"
        )
    return limit, _position(ctx, params.get("Marker"))


def page(
    ctx: Context, member: str, found: list[Params], limit: int, position: Callable[[Params], str]
) -> Params:
    """Return a page of what was found, of which one more than `limit` says that there is another page."""
    if len(found) <= limit:
        return {member: found, "Truncated": False}
    return {member: found[:limit], **more(ctx, position(found[limit - 1]))}


def more(ctx: Context, position: str | int) -> Params:
    """Return the members that say that there is another page, after a position."""
    return {"Truncated": True, "NextMarker": sign_token(ctx, position)}


def _position(ctx: Context, marker: str | None) -> str:
    if marker is None:
        return ""
    try:
        return str(read_token(ctx, marker))
    except AwsError:
        raise AwsError("InvalidMarkerException", "The marker is not valid") from None
