"""ListSecrets: a page of secrets. With filters it may be short, or empty, and have a next one: what one call looks at is
limited."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Query, Record
from clary.plane.paging import sign_token
from clary.services.secretsmanager import filters, rotations, secret, stages
from clary.services.secretsmanager.describe_secret import position
from clary.services.secretsmanager.names import SECRET, Params
from clary.services.secretsmanager.service import secretsmanager
from clary.store.api import NO_NUMBER

_PAGE = 100
_LOOKED_AT = 500
_ORDERS = {
    "created-date": "created",
    "name": "id",
    "last-changed-date": "doc.status.LastChangedDate",
    "last-accessed-date": "doc.status.LastAccessedDate",
}


@secretsmanager.operation(lane="heavy_read")
def list_secrets(ctx: Context, params: Params) -> Params:
    """Return a page of secrets, the oldest first by default."""
    filters.check(params.get("Filters", []))
    limit = params.get("MaxResults", _PAGE)
    found, after = _page(ctx, params, limit)
    more = {"NextToken": sign_token(ctx, after)} if after else {}
    return {"SecretList": found, **more}


def _page(ctx: Context, params: Params, limit: int) -> tuple[list[Params], Any]:
    """Return the secrets of a page, and the position after it where there are more."""
    order = _ORDERS[params.get("SortBy", "created-date")]
    after: Any = position(ctx, params)
    where = () if params.get("IncludePlannedDeletion") else (("status", "!=", secret.MARKED),)
    query = Query(where, order, params.get("SortOrder") == "desc", after, _LOOKED_AT + 1)
    looked = ctx.tx.list(SECRET.kind, ctx.scope, query)
    found: list[Params] = []
    for number, record in enumerate(looked[:_LOOKED_AT]):
        tags = ctx.tx.tags(record.arn)
        if filters.passes(record, tags, params.get("Filters", [])):
            found.append(_shown(record, tags))
        if len(found) == limit or number == _LOOKED_AT - 1:
            return found, _position(record, order) if number + 1 < len(looked) else None
    return found, None


def _position(record: Record, order: str) -> Any:
    """Return where a page ends that ends with this record."""
    return [_sort_value(record, order), record.id]


def _sort_value(record: Record, order: str) -> Any:
    if order.startswith("doc."):
        return record.observed.get(order.rpartition(".")[2], NO_NUMBER)
    return record.id if order == "id" else record.created


def _shown(record: Record, tags: dict[str, str]) -> Params:
    shown = secret.described(record, tags) | rotations.shown(record)
    if held := secret.labels(record):
        shown["SecretVersionsToStages"] = stages.by_version(held)
    if "DeletedDate" in record.observed:
        shown["DeletedDate"] = record.observed["DeletedDate"]
    return shown
