"""Search: SQL selects what may match (query.py), Python decides what does (match.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Noun, Query, Record
from clary.plane.paging import read_token, sign_token
from clary.services.sagemaker.search.match import matches, sortable
from clary.services.sagemaker.search.query import narrowed, order_of
from clary.services.sagemaker.search.resources import NOUNS, Compute, searched
from clary.services.sagemaker.search.spelling import canonical, spelled
from clary.services.sagemaker.service import sagemaker
from clary.store.api import NO_NUMBER, Condition

_MOST_FILTERS = 500  # of an expression with all that it contains: each is tried with every record
_BATCH = 1000
_SMALLER = {"ModelCard": 50}  # batches of large documents: a card has up to 100,000 characters


@sagemaker.operation(lane="heavy_read")
def search(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    kind = NOUNS.get(params["Resource"], params["Resource"])
    if params.get("VisibilityConditions") or params.get("CrossAccountFilterOption") == "CrossAccount":
        raise not_implemented("sagemaker", "Search beyond the account")
    if kind not in sagemaker.nouns:
        raise not_implemented("sagemaker", f"Search of {params['Resource']}")
    expression = params.get("SearchExpression", {})
    _check_size(expression)
    order = canonical(kind, params.get("SortBy") or "LastModifiedTime")
    return _Search(ctx, sagemaker.nouns[kind], spelled(kind, expression), order).page(params)


def _check_size(expression: dict[str, Any]) -> None:
    count, left = 0, [expression]
    while left:
        one = left.pop()
        left += one.get("SubExpressions", [])
        count += 1 + len(one.get("Filters", []))
        count += sum(len(nested["Filters"]) for nested in one.get("NestedFilters", []))
        if count > _MOST_FILTERS:
            raise validation(f"A search expression can have at most {_MOST_FILTERS} filters.")


class _Found(NamedTuple):
    record: Record
    shown: dict[str, Any]


class _Search:
    """One call of Search: an expression over the records of a noun."""

    def __init__(self, ctx: Context, noun: Noun, expression: dict[str, Any], order: str) -> None:
        self._ctx = ctx
        self._noun = noun
        self._expression = expression
        self._path = order
        self._where: list[Condition] = [*narrowed(noun, expression, ctx.scope)]
        asked = {path.partition(".")[0] for path in (order, *_paths(expression))}
        self._batch = _SMALLER.get(noun.name, _BATCH)
        self._by_tags = "Tags" in asked
        computed = searched(noun.name).computed
        self._first = {name: compute for name, compute in computed.items() if name in asked}
        self._later = {name: compute for name, compute in computed.items() if name not in asked}

    def page(self, params: dict[str, Any]) -> dict[str, Any]:
        limit = int(params.get("MaxResults") or 10)
        descending = params.get("SortOrder", "Descending") == "Descending"
        token = read_token(self._ctx, params["NextToken"]) if params.get("NextToken") else None
        order = order_of(self._noun, self._path)
        if order is None:
            return self._page_by_member(self._path, descending, limit, token)
        return self._page_in_order(order, descending, limit, token)

    def _page_in_order(self, order: str, descending: bool, limit: int, token: Any) -> dict[str, Any]:
        """Let the store sort, and read no more of it than the page needs."""
        after = _place(token, order) if token is not None else None
        found = list(islice(self._matching(order, descending, after, limit + 1), limit + 1))
        if len(found) <= limit:
            return self._answer(found)
        last = found[limit - 1].record
        return self._answer(found[:limit], [order, _sorted_by(last, order), last.id])

    def _page_by_member(self, path: str, descending: bool, limit: int, token: Any) -> dict[str, Any]:
        found = list(self._matching("id", False, None, self._batch))
        found.sort(key=lambda one: sortable(one.shown, path), reverse=descending)
        start = _offset(token) if token is not None else 0
        end = start + limit
        return self._answer(found[start:end], end if end < len(found) else None)

    def _answer(self, found: list[_Found], token: Any = None) -> dict[str, Any]:
        self._add(self._later, found)
        out: dict[str, Any] = {"Results": [self._result(one) for one in found]}
        return out if token is None else {**out, "NextToken": sign_token(self._ctx, token)}

    def _result(self, one: _Found) -> dict[str, Any]:
        """Return an entry of Results. A model is part of a dashboard entry (ModelDashboardModel); all
        others stand alone."""
        shown = one.shown if self._by_tags else {**one.shown, "Tags": self._tags(one.record)}
        name = self._noun.name
        return {name: {name: shown} if name == "Model" else shown}

    def _matching(self, order: str, descending: bool, after: Any, first: int) -> Iterator[_Found]:
        """Yield what matches, in order. The first batch is as large as a page, which is enough if SQL can
        express the whole filter."""
        size = first
        while True:
            query = Query(self._where, order, descending, after, size)
            records = self._ctx.tx.list(self._noun.kind, self._ctx.scope, query)
            batch = [_Found(record, self._shown(record)) for record in records]
            self._add(self._first, batch)
            yield from (one for one in batch if matches(one.shown, self._expression))
            if len(records) < size:
                return
            after, size = (_sorted_by(records[-1], order), records[-1].id), self._batch

    def _shown(self, record: Record) -> dict[str, Any]:
        """Return a record as Describe shows it, with its tags if a filter is about tags: they cost a
        query."""
        shown = self._noun.describe(record)
        return {**shown, "Tags": self._tags(record)} if self._by_tags else shown

    def _add(self, members: Mapping[str, Compute], batch: list[_Found]) -> None:
        """Add members that no record holds to what is shown of some records."""
        for name, compute in members.items():
            values = compute(self._ctx, [one.record for one in batch]) if batch else []
            for one, value in zip(batch, values, strict=True):
                if value is not None:
                    one.shown[name] = value

    def _tags(self, record: Record) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self._ctx.tx.tags(record.arn).items()]


def _paths(expression: dict[str, Any]) -> Iterator[str]:
    """Yield the members that the filters of an expression are about."""
    yield from (one["Name"] for one in expression.get("Filters", []))
    yield from (one["NestedPropertyName"] for one in expression.get("NestedFilters", []))
    for one in expression.get("SubExpressions", []):
        yield from _paths(one)


def _sorted_by(record: Record, order: str) -> Any:
    """Return the value of a record that the store sorts by."""
    if not order.startswith("doc."):
        return getattr(record, order)
    value: Any = record.doc
    for name in order.split(".")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else NO_NUMBER


def _place(token: Any, order: str) -> tuple[Any, str]:
    """Return where the last page ended; raise ValidationException for a token that was made in another
    order."""
    if not isinstance(token, tuple) or token[0] != order:
        raise validation("Invalid pagination token.")
    return token[1], token[2]


def _offset(token: Any) -> int:
    if not isinstance(token, int):
        raise validation("Invalid pagination token.")
    return token
