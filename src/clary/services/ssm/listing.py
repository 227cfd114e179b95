"""A page of parameters in the order of their names, of those that pass filters. It may be short, or empty, and have a next
one, as AWS says of its own pages: what one call looks at is limited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.ssm import rows
from clary.services.ssm.filters import Filter
from clary.services.ssm.names import arn_of
from clary.services.ssm.rows import Span, Version

_LOOKED_AT = 500  # parameters by one call


class Page(NamedTuple):
    """Versions, and the key after which the next page begins ('': there is none)."""

    versions: list[Version]
    after: str


def position(ctx: Context, token: str | None) -> Any:
    """Return the position in a page token, '' without one. Raise InvalidNextToken."""
    try:
        return read_token(ctx, token) if token else ""
    except AwsError:
        raise AwsError("InvalidNextToken", "The specified token isn't valid.") from None


def more(ctx: Context, after: Any) -> dict[str, str]:
    """Return the member that names the next page, if there is one."""
    return {"NextToken": sign_token(ctx, after)} if after else {}


def page(ctx: Context, span: Span, filters: Sequence[Filter], limit: int) -> Page:
    """Return up to `limit` versions that pass all filters, from those of a span."""
    most = _LOOKED_AT if filters else limit
    looked = rows.spanned(ctx, span, most + 1)
    found: list[Version] = []
    last = ""
    for version in looked[:most]:
        kept = list(_kept(ctx, version, filters))
        if found and len(found) + len(kept) > limit:
            break
        found += kept
        last = version.key
    return Page(found, last if looked and last != looked[-1].key else "")


def _kept(ctx: Context, version: Version, filters: Sequence[Filter]) -> Iterator[Version]:
    """Yield a parameter's version if it passes: that with a label where a filter names labels, else the newest one."""
    tags = ctx.tx.tags(arn_of(ctx, version.key)) if any(f.key.startswith("tag:") for f in filters) else {}
    if not all(one.keeps(version, tags) for one in filters if one.key != "Label"):
        return
    labels = next((one.values for one in filters if one.key == "Label"), None)
    if labels is None:
        yield version
        return
    known = rows.labels(ctx, version.key)
    for number in sorted({known[label] for label in labels if label in known}):
        yield rows.numbered(ctx, version.key, number)
