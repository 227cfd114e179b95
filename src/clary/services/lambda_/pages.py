"""Pages of lists that one account's calls read whole: by Marker and MaxItems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.lambda_.errors import invalid

T = TypeVar("T")
_PAGE = 50


def page(
    ctx: Context, params: dict[str, Any], rows: Sequence[T], key: Callable[[T], Any]
) -> tuple[list[T], dict[str, str]]:
    """Return the rows of one page and `NextMarker`, if there are more. Rows are sorted by `key`, which is JSON."""
    after = position(ctx, params)
    rest = [row for row in rows if after is None or key(row) > after]
    limit = size(params)
    more = len(rest) > limit
    return rest[:limit], {"NextMarker": sign_token(ctx, key(rest[limit - 1]))} if more else {}


def size(params: dict[str, Any]) -> int:
    """Return how many entries a page has: at most 50, as on AWS."""
    return min(params.get("MaxItems") or _PAGE, _PAGE)


def position(ctx: Context, params: dict[str, Any]) -> Any:
    """Return the key after which a page begins, or None. Raise InvalidParameterValue for a foreign marker."""
    if not params.get("Marker"):
        return None
    try:
        return read_token(ctx, params["Marker"])
    except AwsError:
        raise invalid("Invalid value for Marker") from None
