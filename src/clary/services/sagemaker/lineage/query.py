"""QueryLineage: which entities an entity comes from, and which come from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane import Context, Query, Record
from clary.plane.paging import bad_token, read_token, sign_token
from clary.services.sagemaker import requests
from clary.services.sagemaker.lineage import association_table, vertices
from clary.services.sagemaker.lineage.graph import Reached, reach
from clary.services.sagemaker.service import sagemaker

Params = dict[str, Any]
Test = Callable[[Record], bool]

_DEPTH = 10  # "The maximum depth of relationships to discover is currently limited to 10"
# Entities on a page where MaxResults is not given: SDK v2 does not ask for another page (LineageQuery.query).
_PAGE = 1000
_AT_ONCE = 500


def _about(ctx: Context, params: Params) -> list[str]:
    return params.get("StartArns") or ["*"]


@sagemaker.operation(on=_about, lane="heavy_read")
def query_lineage(ctx: Context, params: Params) -> Params:
    """Return the entities around a start, nearest first, and with IncludeEdges what connects them.

    "Setting this value to True retrieves not only the entities of interest but also the Associations and lineage
    entities on the path" (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_QueryLineage.html); the path
    begins with the start.
    """
    for member in ("MaxDepth", "MaxResults"):
        if member in params:
            requests.at_least_one(params, member)
    if not params.get("StartArns"):
        raise not_implemented("sagemaker", "QueryLineage without StartArns")
    (start,) = params["StartArns"]
    first = vertices.found(ctx, start)
    reached = reach(start, params.get("Direction", "Both"), params.get("MaxDepth", _DEPTH), _neighbours(ctx))
    reached.types[start] = vertices.type_of(first)
    return _page(ctx, params, reached, _shown(ctx, params, reached, start))


def _neighbours(ctx: Context) -> Callable[[str, Any], Iterable[association_table.Edge]]:
    return lambda end, arns: association_table.around(ctx.tx, ctx.scope, end, arns)


def _shown(ctx: Context, params: Params, reached: Reached, start: str) -> list[str]:
    """Return the entities of the answer in the order in which they were reached."""
    wanted = [arn for arn in _matching(ctx, params.get("Filters", {}), reached) if arn != start]
    if not params.get("IncludeEdges"):
        return wanted
    way = reached.on_the_way_to(wanted) | {start}
    return [arn for arn in reached.depths if arn in way]


def _page(ctx: Context, params: Params, reached: Reached, shown: list[str]) -> Params:
    begin = _offset(ctx, params)
    end = begin + params.get("MaxResults", _PAGE)
    answer: Params = {
        "Vertices": [_vertex(reached, arn) for arn in shown[begin:end]],
        "Edges": list(_edges(reached, shown, begin, end)) if params.get("IncludeEdges") else [],
    }
    return answer | ({"NextToken": sign_token(ctx, end)} if end < len(shown) else {})


def _offset(ctx: Context, params: Params) -> int:
    if not params.get("NextToken"):
        return 0
    begin = read_token(ctx, params["NextToken"])
    if not isinstance(begin, int):
        raise bad_token()
    return begin


def _vertex(reached: Reached, arn: str) -> Params:
    return {"Arn": arn, "Type": reached.types[arn], "LineageType": vertices.named(arn).noun}


def _edges(reached: Reached, shown: list[str], begin: int, end: int) -> Iterator[Params]:
    """Yield the associations of a page: those whose later end is on it, so that each is on one page."""
    places = {arn: place for place, arn in enumerate(shown)}
    for (source, destination), edge in reached.edges.items():
        if (
            source in places
            and destination in places
            and begin <= max(places[source], places[destination]) < end
        ):
            kind = {"AssociationType": edge.type} if edge.type else {}
            yield {"SourceArn": source, "DestinationArn": destination, **kind}


# filters ---------------------------------------------------------------------------------------------------------


def _matching(ctx: Context, filters: Params, reached: Reached) -> Iterator[str]:
    """Yield the entities that meet all filters."""
    types, nouns = filters.get("Types"), filters.get("LineageTypes")
    found = [
        arn
        for arn in reached.depths
        if (not types or reached.types[arn] in types) and (not nouns or vertices.named(arn).noun in nouns)
    ]
    tests = list(_tests(filters))
    if not tests:
        yield from found
        return
    records = _records(ctx, found)
    yield from (arn for arn in found if arn in records and all(test(records[arn]) for test in tests))


def _tests(filters: Params) -> Iterator[Test]:
    """Yield the tests that need the records. Of several properties one match is enough, as the model says."""
    if "CreatedBefore" in filters:
        yield lambda record: record.created <= filters["CreatedBefore"]
    if "CreatedAfter" in filters:
        yield lambda record: record.created >= filters["CreatedAfter"]
    if "ModifiedBefore" in filters:
        yield lambda record: record.modified <= filters["ModifiedBefore"]
    if "ModifiedAfter" in filters:
        yield lambda record: record.modified >= filters["ModifiedAfter"]
    if filters.get("Properties"):
        wanted = filters["Properties"].items()
        yield lambda record: not wanted.isdisjoint(record.spec.get("Properties", {}).items())


def _records(ctx: Context, arns: Iterable[str]) -> dict[str, Record]:
    """Return the records of entities by their ARNs. That of a job's trial component need not be there yet."""
    ids: dict[str, list[str]] = {}
    for noun, id in map(vertices.named, arns):
        ids.setdefault(noun, []).append(id)
    return {record.arn: record for noun, some in ids.items() for record in _of_noun(ctx, noun, some)}


def _of_noun(ctx: Context, noun: str, ids: list[str]) -> Iterator[Record]:
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        query = Query([("id", "in", some)], "id", limit=len(some))
        yield from ctx.tx.list(sagemaker.kind(noun), ctx.scope, query)
