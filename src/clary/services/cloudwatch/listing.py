"""ListMetrics: which metrics there have been data for."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.cloudwatch.data import dimensions_of
from clary.services.cloudwatch.service import cloudwatch

_PAGE = 500
_THREE_HOURS = 3 * 3600


@cloudwatch.operation
def list_metrics(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """By namespace, name and dimensions; a filter without a value takes any."""
    where, args = "scope = ?", [ctx.scope]
    for member, column in (("Namespace", "namespace"), ("MetricName", "name")):
        if params.get(member):
            where, args = f"{where} and {column} = ?", [*args, params[member]]
    if params.get("RecentlyActive") == "PT3H":
        where, args = f"{where} and updated >= ?", [*args, int(ctx.now) - _THREE_HOURS]
    statement = f"select namespace, name, dimensions from cloudwatch_metric where {where} order by namespace, name, dimensions"
    found = [
        {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
        for namespace, name, key in ctx.tx.sql(statement, *args)
        if _meets(dimensions := dimensions_of(key), params.get("Dimensions", []))
    ]
    start = int(read_token(ctx, params["NextToken"])) if params.get("NextToken") else 0
    end = start + _PAGE
    return {"Metrics": found[start:end]} | ({"NextToken": sign_token(ctx, end)} if end < len(found) else {})


def _meets(dimensions: list[dict[str, str]], filters: list[dict[str, str]]) -> bool:
    has = {d["Name"]: d["Value"] for d in dimensions}
    return all(f["Name"] in has and f.get("Value", has[f["Name"]]) == has[f["Name"]] for f in filters)
