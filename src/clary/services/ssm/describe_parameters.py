"""DescribeParameters: all of parameters but their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context
from clary.services.ssm import filters, views
from clary.services.ssm.filters import Filter
from clary.services.ssm.listing import more, page, place
from clary.services.ssm.names import Params, arn_of
from clary.services.ssm.rows import Span
from clary.services.ssm.service import ssm

_KEYS = ("Path", "Name", "Type", "KeyId", "Tier", "DataType")  # ParameterStringFilter (API reference)
_PAGE = 10


@ssm.operation(lane="heavy_read")
def describe_parameters(ctx: Context, params: Params) -> Params:
    """Return a page of parameters. Raise NotImplemented for those that other accounts share."""
    if params.get("Shared"):
        raise not_implemented("ssm", "DescribeParameters with Shared")
    begin = place(ctx, params.get("NextToken"))
    wanted = _filters(params)
    found = page(ctx, _span(wanted), begin, wanted, params.get("MaxResults", _PAGE))
    shown = [{**views.metadata(ctx, version), "ARN": arn_of(ctx, version.key)} for version in found.versions]
    return {"Parameters": shown, **more(ctx, found.next and list(found.next))}


def _filters(params: Params) -> list[Filter]:
    """Return the filters of a request, those of the old form included."""
    old, new = params.get("Filters"), params.get("ParameterFilters", [])
    if old and new:
        raise validation("You can use either Filters or ParameterFilters in a single request.")
    return _of_the_old_form(old) if old else filters.read(new, _KEYS, tags=True)


def _of_the_old_form(given: Sequence[Mapping[str, Any]]) -> list[Filter]:
    """Return filters without options: a name matches by its beginning, a type and a key as a whole."""
    return [
        Filter(one["Key"], "BeginsWith" if one["Key"] == "Name" else "Equals", one["Values"]) for one in given
    ]


def _span(wanted: Sequence[Filter]) -> Span:
    """Return the hierarchy in which all that passes a filter by one path stands: it is an index of the table."""
    path = next((one for one in wanted if one.key == "Path" and len(one.values) == 1), None)
    if path is None:
        return Span()
    return Span(path.values[0], path.option == "Recursive")
