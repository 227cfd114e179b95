"""List operations: one interpreter for the filters, orders and pages that AWS's models have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane.context import Context
from clary.plane.nouns import sorts
from clary.plane.nouns.documents import Doc
from clary.plane.nouns.fields import Fields, fold
from clary.plane.nouns.noun import Noun
from clary.plane.nouns.spellings import CONTROLS, SAME_ACCOUNT, Condition, Filter, filter_of
from clary.plane.paging import bad_token, read_token, sign_token
from clary.store.api import Condition as StoreCondition
from clary.store.api import Query, Record
from clary.wire import Operation

_COLUMNS = frozenset(("id", "status", "created", "modified"))  # that the store sorts by
_INDEXED = ("created", "modified", "id")  # the orders that an index has
_AT_ONCE = 1000


class Plan:
    """How one List is spelled: its pages, filters and orders, and what it shows. Read from the model."""

    def __init__(self, noun: Noun, op: Operation) -> None:
        self.noun, self.op = noun, op
        paging = op.paging or {}
        self.token_in = paging.get("input_token") or _spelled(op, "nexttoken")
        self.token_out = paging.get("output_token") or self.token_in
        self.limit = paging.get("limit_key") or _spelled(op, "maxresults")
        self.result = _result(op, paging)
        self.entry = op.output_members[self.result].member
        fields = Fields(noun, op.service, self.entry)
        self.sort_by, self.sort_order = _spelled(op, "sortby"), _spelled(op, "sortorder")
        self.filters = dict(self._filters(fields))
        self.by_tags = next((name for name in self.filters if name.lower() == "tags"), "")
        self.by_ids = [
            name for name, one in self.filters.items() if one and (one.place, one.compare) == ("id", "in")
        ]
        self.orders = self._orders(fields)
        self.first_order = "id" if op.name in sorts.BY_NAME else noun.spelling.order
        self.downward = noun.spelling.newest_first and op.name not in sorts.ASCENDING

    def _filters(self, fields: Fields) -> Iterator[tuple[str, Filter | None]]:
        for name, shape in self.op.input_members.items():
            controls = (self.token_in, self.limit, self.sort_by, self.sort_order)
            if name not in controls and name not in SAME_ACCOUNT and fold(name) not in CONTROLS:
                yield name, filter_of(fields, name, shape)

    def _orders(self, fields: Fields) -> dict[str, str | None]:
        if not self.sort_by:
            return {}
        return {
            value: fields.place(value)
            for value in self.op.input_members[self.sort_by].metadata.get("enum", ())
        }

    @property
    def unknown(self) -> list[str]:
        """The filters and orders of the model that nothing here understands."""
        filters = [name for name, found in self.filters.items() if found is None]
        return filters + [value for value, place in self.orders.items() if place is None]


class Listing:
    """What answers one List of a noun. The model is read at the first call."""

    def __init__(self, noun: Noun, op: Operation) -> None:
        self._noun, self._op = noun, op
        self._made: Plan | None = None

    @property
    def plan(self) -> Plan:
        if self._made is None:
            self._made = Plan(self._noun, self._op)
        return self._made

    def __call__(self, ctx: Context, params: Doc, more: Sequence[StoreCondition] = ()) -> Doc:
        """Return a page. `more` are conditions beyond the filters of the request."""
        return page(self.plan, ctx, params, more)

    def searches(self, params: Doc) -> bool:
        """Whether a call looks at more records than it shows: all of a kind, by something that no index has. What is
        refused looks at none."""
        plan = self.plan
        asked = [plan.filters[name] for name in params if name in plan.filters]
        order = plan.orders.get(params.get(plan.sort_by, ""), plan.first_order)
        if order in _COLUMNS and any(one.names_records for one in asked if one):
            return False
        return order not in _INDEXED or not all(one.is_indexed(order) for one in asked if one)


def page(plan: Plan, ctx: Context, params: Doc, more: Sequence[StoreCondition] = ()) -> Doc:
    """One page under the answer's list member, with a token when there is more."""
    order, descending = order_of(plan, params)
    where = [*conditions(plan, params), *more]
    limit = int(params.get(plan.limit) or plan.noun.spelling.page if plan.limit else 100)
    after = _place(ctx, params[plan.token_in], order) if params.get(plan.token_in) else None
    tags: Mapping[str, str] = params.get(plan.by_tags) or {}
    # Who is inside gets members of documents themselves, and may change what it got.
    query = Query(where, order, descending, after, limit + 1, shared=not ctx.inside)  # type: ignore[arg-type]
    found = _found(plan, ctx, query, tags)
    _require(plan, ctx, params, found)
    out: Doc = {plan.result: [_entry(plan, record) for record in found[:limit]]}
    if len(found) > limit:
        out[plan.token_out] = sign_token(ctx, [order, _value(found[limit - 1], order), found[limit - 1].id])
    return out


def _entry(plan: Plan, record: Record) -> Any:
    if plan.entry.type_name == "structure":
        return plan.noun.summary(record)
    return record.arn if plan.entry.name.lower().endswith("arn") else record.id


def order_of(plan: Plan, params: Mapping[str, Any]) -> tuple[str, bool]:
    """Which column or member a call is sorted by, and whether downward. Raises NotImplemented for an unknown order."""
    said = params.get(plan.sort_by)
    order = plan.first_order if said is None else plan.orders.get(said)
    if order is None:
        raise not_implemented(plan.op.service.name, f"{plan.op.name} sorted by {said}")
    direction = params.get(plan.sort_order)
    return order, plan.downward if direction is None else direction.lower() in sorts.DOWNWARD


def conditions(plan: Plan, params: Mapping[str, Any]) -> Iterator[Condition]:
    """Return what the filters of a call ask of the store. Raise NotImplemented, naming it, for an unknown filter."""
    for name, value in params.items():
        if name in SAME_ACCOUNT and value != SAME_ACCOUNT[name]:
            raise _not_known(plan, name)
        if name in plan.filters and name != plan.by_tags:
            found = plan.filters[name]
            try:
                yield from found.conditions(value) if found else _unknown(name)
            except LookupError as unknown:
                raise _not_known(plan, str(unknown.args[0])) from None


def _unknown(name: str) -> Iterator[Condition]:
    raise LookupError(name)


def _not_known(plan: Plan, name: str) -> Exception:
    return not_implemented(plan.op.service.name, f"{plan.op.name} by {name}")


# what is found ---------------------------------------------------------------------------------------------------


def _found(plan: Plan, ctx: Context, query: Query, tags: Mapping[str, str]) -> list[Record]:
    """Return the records of a page and one more, if there are so many. The store sorts by its columns; members of the
    document and tags are compared here."""
    kind = plan.noun.kind
    if query.order in _COLUMNS and not tags:
        return ctx.tx.list(kind, ctx.scope, query)
    every = [one for one in _every(ctx, kind, query) if _has(ctx, one, tags)]
    every.sort(key=lambda one: (_sortable(_value(one, query.order)), one.id), reverse=query.descending)
    return [one for one in every if _is_after(one, query)][: query.limit]


def _every(ctx: Context, kind: str, query: Query) -> Iterator[Record]:
    after = None
    while found := ctx.tx.list(kind, ctx.scope, Query(query.where, "id", after=after, limit=_AT_ONCE)):
        yield from found
        after = (found[-1].id, found[-1].id)


def _has(ctx: Context, record: Record, tags: Mapping[str, str]) -> bool:
    return not tags or tags.items() <= ctx.tx.tags(record.arn).items()


def _is_after(record: Record, query: Query) -> bool:
    if query.after is None:
        return True
    here = (_sortable(_value(record, query.order)), record.id)
    last = (_sortable(query.after[0]), query.after[1])
    return here < last if query.descending else here > last


def _value(record: Record, place: str) -> Any:
    """Return what a record has at a column or a path into its document."""
    if not place.startswith("doc."):
        return getattr(record, place)
    value: Any = record.doc
    for name in place.split(".")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _sortable(value: Any) -> tuple[int, Any]:
    """Return a sort key: missing values first, then numbers, then texts."""
    if value is None:
        return 0, 0
    return (1, value) if isinstance(value, int | float) else (2, str(value))


def _place(ctx: Context, token: str, order: str) -> tuple[Any, str]:
    """Where the last page ended. A token is good for the order that it was made in, and for no other."""
    known, value, id = read_token(ctx, token)
    if known != order:
        raise bad_token()
    return value, id


def _require(plan: Plan, ctx: Context, params: Mapping[str, Any], found: list[Record]) -> None:
    """Raise the noun's own error for one of the records that were asked for by name and are not there."""
    for name in plan.by_ids:
        there = {record.id for record in found}
        for id in params.get(name, ()):
            if id not in there:
                raise plan.noun.says.not_found(plan.noun.arn_of(ctx, id), id, plan.noun.words)


def _spelled(op: Operation, wanted: str) -> str:
    return next((name for name in op.input_members if fold(name) == wanted), "")


def _result(op: Operation, paging: Mapping[str, Any]) -> str:
    """Return the member of the answer that holds the records."""
    lists = [name for name, shape in op.output_members.items() if shape.type_name == "list"]
    said = paging.get("result_key")
    return said if said in lists else lists[0]
