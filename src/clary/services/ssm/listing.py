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


class Place(NamedTuple):
    """Where a page begins: after the parameter `after`, and after a version of the parameter `within`, if there the last page
    was full."""

    after: str = ""
    within: str = ""
    version: int = 0


class Page(NamedTuple):
    """Versions, and where the next page begins (None: there is none)."""

    versions: list[Version]
    next: Place | None


def position(ctx: Context, token: str | None) -> Any:
    """Return the position in a page token, '' without one. Raise InvalidNextToken."""
    try:
        return read_token(ctx, token) if token else ""
    except AwsError:
        raise AwsError("InvalidNextToken", "The specified token isn't valid.") from None


def place(ctx: Context, token: str | None) -> Place:
    """Return the place that a page token names. Raise InvalidNextToken."""
    found = position(ctx, token)
    return Place(found) if isinstance(found, str) else Place(*found)


def more(ctx: Context, after: Any) -> dict[str, str]:
    """Return the member that names the next page, if there is one."""
    return {"NextToken": sign_token(ctx, after)} if after else {}


def page(ctx: Context, span: Span, begin: Place, filters: Sequence[Filter], limit: int) -> Page:
    """Return up to `limit` versions that pass all filters, from those of a span."""
    most = _LOOKED_AT if filters else limit
    looked = rows.spanned(ctx, span._replace(after=begin.after), most + 1)
    found: list[Version] = []
    last = begin.after
    for version in looked[:most]:
        seen = begin.version if version.key == begin.within else 0
        kept = [one for one in _kept(ctx, version, filters) if one.number > seen]
        room = limit - len(found)
        found += kept[:room]
        if len(kept) > room:
            return Page(found, Place(last, version.key, kept[room - 1].number) if room else Place(last))
        last = version.key
    return Page(found, Place(last) if looked and last != looked[-1].key else None)


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
