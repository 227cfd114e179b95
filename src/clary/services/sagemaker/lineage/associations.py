"""Associations: what contributed to what, what produced what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context
from clary.plane.nouns import sorts
from clary.plane.paging import bad_token, read_token, sign_token
from clary.services.sagemaker.lineage import accepts, association_table, vertices
from clary.services.sagemaker.lineage.association_table import Edge, Page
from clary.services.sagemaker.service import sagemaker

Params = dict[str, Any]

_ORDERS = {
    "SourceArn": "source",
    "DestinationArn": "destination",
    "SourceType": "source_type",
    "DestinationType": "destination_type",
    "CreationTime": "created",
}
# "on or after the specified time", "on or before"
_FILTERS = {
    "SourceArn": ("source", "="),
    "DestinationArn": ("destination", "="),
    "SourceType": ("source_type", "="),
    "DestinationType": ("destination_type", "="),
    "AssociationType": ("type", "="),
    "CreatedAfter": ("created", ">="),
    "CreatedBefore": ("created", "<="),
}


_TYPES = ("source_type", "destination_type")


def _ends(ctx: Context, params: Params) -> list[str]:
    return [params["SourceArn"], params["DestinationArn"]]


def _answer(params: Params) -> Params:
    return {name: params[name] for name in ("SourceArn", "DestinationArn")}


@sagemaker.operation(on=_ends, accepts=accepts.ASSOCIATION["create"])
def add_association(ctx: Context, params: Params) -> Params:
    """Associate two entities of this account. Raise ResourceNotFound, and ValidationException if they are associated."""
    source, destination = (vertices.found(ctx, arn) for arn in _ends(ctx, params))
    edge = Edge(
        source.arn,
        destination.arn,
        params.get("AssociationType", ""),
        vertices.type_of(source),
        vertices.type_of(destination),
        ctx.now,
    )
    if not association_table.add(ctx.tx, ctx.scope, edge):
        raise validation(f"The association of {edge.source} with {edge.destination} already exists.")
    return _answer(params)


@sagemaker.operation(on=_ends, accepts=accepts.ASSOCIATION["delete"])
def delete_association(ctx: Context, params: Params) -> Params:
    """Delete an association. Raise ResourceNotFound."""
    source, destination = _ends(ctx, params)
    if not association_table.remove(ctx.tx, ctx.scope, source, destination):
        raise AwsError("ResourceNotFound", f"{source} is not associated with {destination}.")
    return _answer(params)


def _asked(ctx: Context, params: Params) -> list[str]:
    """Return what a list is about: the ends that it names, or all."""
    return [params[name] for name in ("SourceArn", "DestinationArn") if name in params] or ["*"]


@sagemaker.operation(on=_asked, lane="heavy_read")
def list_associations(ctx: Context, params: Params) -> Params:
    """Return a page of associations, the newest first unless it is said otherwise."""
    order = _ORDERS[params.get("SortBy", "CreationTime")]
    descending = params.get("SortOrder", "Descending").lower() in sorts.DOWNWARD
    limit = params.get("MaxResults", 10)
    asked = Page(list(_conditions(params)), order, descending, _after(ctx, params, order), limit)
    edges = association_table.page(ctx.tx, ctx.scope, asked)
    shown: Params = {"AssociationSummaries": [_summary(ctx, edge) for edge in edges[:limit]]}
    if len(edges) > limit:
        last = edges[limit - 1]
        shown["NextToken"] = sign_token(ctx, [order, getattr(last, order), last.source, last.destination])
    return shown


def _conditions(params: Params) -> Iterator[tuple[str, str, Any]]:
    for name, (column, operator) in _FILTERS.items():
        if name in params:
            value = params[name]
            yield column, operator, vertices.asked_type(value) if column in _TYPES else value


def _after(ctx: Context, params: Params, order: str) -> tuple[Any, str, str] | None:
    """Return where the last page ended; raise ValidationException for a token of another order."""
    if "NextToken" not in params:
        return None
    known, *place = read_token(ctx, params["NextToken"])
    if known != order:
        raise bad_token()
    return tuple(place)


def _summary(ctx: Context, edge: Edge) -> Params:
    shown = {
        "SourceArn": edge.source,
        "DestinationArn": edge.destination,
        "SourceType": vertices.listed_type(edge.source, edge.source_type),
        "DestinationType": vertices.listed_type(edge.destination, edge.destination_type),
        "AssociationType": edge.type or None,
        "SourceName": _name(ctx, edge.source),
        "DestinationName": _name(ctx, edge.destination),
        "CreationTime": edge.created,
        "CreatedBy": {},
    }
    return {name: value for name, value in shown.items() if value is not None}


def _name(ctx: Context, arn: str) -> str | None:
    """Return the name of an entity. That of an artifact is a member, which it need not have and which may change."""
    noun, id = vertices.named(arn)
    if noun != "Artifact":
        return id
    record = ctx.tx.get(sagemaker.kind(noun), ctx.scope, id)
    return record.spec.get("ArtifactName") if record else None
