"""Pages of Lists: `Limit`, `NextToken`, a prefix, in the order of names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from clary.plane import Context, Record
from clary.plane.paging import read_token, sign_token
from clary.store.api import Condition

Params = dict[str, Any]

MOST = 100
_LAST = "\U0010ffff"  # after every name with a prefix


def read(ctx: Context, params: Params) -> tuple[int, str]:
    """Return how many are wanted, and the name after which the page begins."""
    token = params.get("NextToken")
    return params.get("Limit", MOST), read_token(ctx, token) if token else ""


def between(prefix: str, after: str) -> tuple[Condition, ...]:
    """Return the conditions of ids with a prefix after one of them."""
    return (("id", ">=", prefix), ("id", "<", prefix + _LAST), ("id", ">", after))


def page(
    ctx: Context, member: str, found: Sequence[Record], limit: int, shown: Callable[[Record], Any]
) -> Params:
    """Return a page of records, and a token where there are more than `limit`."""
    more = {"NextToken": sign_token(ctx, found[limit - 1].id)} if len(found) > limit else {}
    return {member: [shown(record) for record in found[:limit]], **more}
