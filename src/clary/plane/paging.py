"""List operations: one interpreter for the filters, orders and tokens that AWS's models share."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented, validation
from clary.plane.context import Context
from clary.plane.resource import Doc, Resource
from clary.store.api import Column, Query, Record

_CONTROLS = {"NextToken", "MaxResults", "SortBy", "SortOrder"}
_ORDERS: dict[str, Column] = {
    "Name": "id",
    "CreationTime": "created",
    "Status": "status",
    "LastModifiedTime": "modified",
}
_RANGES = {
    "CreationTimeAfter": ("created", ">"),
    "CreationTimeBefore": ("created", "<"),
    "LastModifiedTimeAfter": ("modified", ">"),
    "LastModifiedTimeBefore": ("modified", "<"),
    "NameContains": ("id", "contains"),
    "StatusEquals": ("status", "="),
}
# AWS's reference: these List calls go up in time unless told otherwise, all others go down.
_ASCENDING = {"ListTrainingJobs", "ListProcessingJobs"}


def page(resource: Resource, ctx: Context, params: Doc) -> Doc:
    """One page of summaries under the output's list member, with a NextToken when there is more."""
    query = query_of(ctx, params)
    found = ctx.tx.list(resource.kind, ctx.scope, query)
    shown = found[: query.limit - 1]
    out: Doc = {list_member(ctx): [resource.describe(record) for record in shown]}
    if len(found) == query.limit:
        out["NextToken"] = token_of(ctx, shown[-1], query.order)
    return out


def searches(params: Doc) -> bool:
    """Whether a List call looks at more records than it shows: all of a kind, by a member that no index has."""
    controls = {name for name in params if name not in _CONTROLS and not name.startswith("CreationTime")}
    return bool(controls) or params.get("SortBy", "CreationTime") not in ("CreationTime", "Name")


def query_of(ctx: Context, params: Doc) -> Query:
    """The query of a List call; its limit is one above MaxResults, so that a further page shows."""
    descending = params.get("SortOrder", default_order(ctx)) == "Descending"
    order = _order(ctx, params.get("SortBy"))
    return Query(
        where=[_condition(ctx, member, value) for member, value in params.items() if member not in _CONTROLS],
        order=order,
        descending=descending,
        after=_place(ctx, params["NextToken"], order) if params.get("NextToken") else None,
        limit=int(params.get("MaxResults") or default_limit(ctx)) + 1,
    )


def default_order(ctx: Context) -> str:
    return "Ascending" if ctx.op.name in _ASCENDING else "Descending"


def default_limit(ctx: Context) -> int:
    """AWS pages by ten in SageMaker unless MaxResults says otherwise; a model without the member by a hundred."""
    return 10 if ctx.op.service.name == "sagemaker" and "MaxResults" in ctx.op.input_members else 100


def list_member(ctx: Context) -> str:
    """The output member that holds the summaries."""
    return next(name for name, shape in ctx.op.output_members.items() if shape.type_name == "list")


def _condition(ctx: Context, member: str, value: Any) -> tuple[str, str, Any]:
    if member in _RANGES:
        column, operator = _RANGES[member]
        return column, operator, value
    if member.endswith("Equals"):
        return f"doc.{member.removesuffix('Equals')}", "=", value
    if member.endswith("Contains"):
        return f"doc.{member.removesuffix('Contains')}", "contains", value
    if member.endswith(("Name", "Type", "Arn")):
        return f"doc.{member}", "=", value
    raise not_implemented(ctx.op.service.name, f"{ctx.op.name} by {member}")


def _order(ctx: Context, sort_by: str | None) -> Column:
    if sort_by is None:
        return "created"
    if sort_by not in _ORDERS:
        raise not_implemented(ctx.op.service.name, f"{ctx.op.name} sorted by {sort_by}")
    return _ORDERS[sort_by]


def token_of(ctx: Context, last: Record, order: Column) -> str:
    """An opaque, signed token: the next page goes on after this record."""
    value = {"id": last.id, "created": last.created, "modified": last.modified, "status": last.status}[order]
    return sign_token(ctx, [order, value, last.id])


def _place(ctx: Context, token: str, order: Column) -> tuple[Any, str]:
    """Where the last page ended. A token is good for the order that it was made in, and for no other."""
    known, value, id = read_token(ctx, token)
    if known != order:
        raise _invalid()
    return value, id


def sign_token(ctx: Context, value: Any) -> str:
    """Any JSON value as a token that only we can have made, for this operation."""
    body = orjson.dumps(value)
    return base64.urlsafe_b64encode(_mac(ctx, body) + body).decode()


def read_token(ctx: Context, token: str) -> Any:
    """The value of a token of ours. Raises ValidationException for any other."""
    try:
        raw = base64.urlsafe_b64decode(token.encode())
    except ValueError:
        raise _invalid() from None
    if len(raw) < 16 or not hmac.compare_digest(raw[:16], _mac(ctx, raw[16:])):
        raise _invalid()
    value = orjson.loads(raw[16:])
    return tuple(value) if isinstance(value, list) else value


def _mac(ctx: Context, body: bytes) -> bytes:
    key = ctx.platform.settings.token_key
    return hmac.digest(key, ctx.op.name.encode() + b"/" + ctx.scope.encode() + b"/" + body, hashlib.sha256)[
        :16
    ]


def _invalid() -> AwsError:
    return validation("Invalid pagination token.")
