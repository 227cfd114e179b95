"""Which metrics there are: their identity as rows, and ListMetrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.cloudwatch.refusals import invalid_value
from clary.services.cloudwatch.service import cloudwatch
from clary.store.api import Tx

_PAGE = 500
_THREE_HOURS = 3 * 3600
_TWO_WEEKS = 14 * 86400


def dimensions_key(dimensions: Sequence[Mapping[str, str]]) -> str:
    """Dimensions as text, the same in whatever order they were given."""
    return orjson.dumps(sorted([d["Name"], d["Value"]] for d in dimensions)).decode()


def dimensions_of(key: str) -> list[dict[str, str]]:
    """The reverse of dimensions_key."""
    return [{"Name": name, "Value": value} for name, value in orjson.loads(key)]


def number_of(tx: Tx, scope: str, metric: Mapping[str, Any]) -> int | None:
    """The number of a metric given as Namespace, MetricName and Dimensions; None if it never had data."""
    rows = tx.sql(
        "SELECT number FROM cloudwatch_metric WHERE scope = ? AND namespace = ? AND name = ? AND dimensions = ?",
        scope,
        metric.get("Namespace", ""),
        metric.get("MetricName", ""),
        dimensions_key(metric.get("Dimensions", [])),
    )
    return rows[0][0] if rows else None


def touch(ctx: Context, namespace: str, name: str, dimensions: str) -> int:
    """The number of a metric that has data now."""
    rows = ctx.tx.sql(
        "INSERT INTO cloudwatch_metric (scope, namespace, name, dimensions, updated) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (scope, namespace, name, dimensions) DO UPDATE SET updated = excluded.updated RETURNING number",
        ctx.scope,
        namespace,
        name,
        dimensions,
        int(ctx.now),
    )
    return rows[0][0]


@cloudwatch.operation(lane="heavy_read")
def list_metrics(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """By namespace, name and dimensions; a filter without a value takes any. What had no data for two weeks is not
    listed (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html)."""
    recent = _THREE_HOURS if params.get("RecentlyActive") == "PT3H" else _TWO_WEEKS
    where, args = ["scope = ?", "updated >= ?"], [ctx.scope, int(ctx.business.ago(recent))]
    for member, column in (("Namespace", "namespace"), ("MetricName", "name")):
        if params.get(member):
            where.append(f"{column} = ?")
            args.append(params[member])
    for filter in params.get("Dimensions", []):
        where.append("instr(dimensions, ?) > 0")
        args.append(_pair(filter))
    if params.get("NextToken"):
        where.append("number > ?")
        args.append(_after(ctx, params["NextToken"]))
    statement = (
        f"SELECT number, namespace, name, dimensions FROM cloudwatch_metric WHERE {' AND '.join(where)} "
        "ORDER BY number LIMIT ?"
    )
    rows = ctx.tx.sql(statement, *args, _PAGE + 1)
    found = [
        {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions_of(key)}
        for _, namespace, name, key in rows[:_PAGE]
    ]
    more = {"NextToken": sign_token(ctx, rows[_PAGE - 1][0])} if len(rows) > _PAGE else {}
    return {"Metrics": found, **more}


def _after(ctx: Context, token: str) -> Any:
    """ListMetrics, unlike its siblings, declares no InvalidNextToken (API reference, the service's model)."""
    try:
        return read_token(ctx, token)
    except AwsError:
        raise invalid_value("The value for parameter NextToken is invalid.") from None


def _pair(filter: Mapping[str, str]) -> str:
    """How a dimension stands in its key: nothing but a dimension stands there so, since quotes in text are escaped."""
    if "Value" in filter:
        return orjson.dumps([filter["Name"], filter["Value"]]).decode()
    return orjson.dumps([filter["Name"]]).decode()[:-1] + ","


def place_in(ctx: Context, token: str) -> Any:
    """Where a page token of ours goes on. Raises InvalidNextToken for any other."""
    try:
        return read_token(ctx, token)
    except AwsError:
        raise AwsError("InvalidNextToken", "The next token is invalid.") from None
