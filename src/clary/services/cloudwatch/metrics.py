"""Metrics: their identity as rows, and ListMetrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.cloudwatch.errors import invalid_value
from clary.services.cloudwatch.service import cloudwatch
from clary.store.api import Tx

_PAGE = 500
_THREE_HOURS = 3 * 3600
_TWO_WEEKS = 14 * 86400


def dimensions_key(dimensions: Sequence[Mapping[str, str]]) -> str:
    """Return dimensions as text that does not depend on their order."""
    return orjson.dumps(sorted([d["Name"], d["Value"]] for d in dimensions)).decode()


def dimensions_of(key: str) -> list[dict[str, str]]:
    """Return the dimensions in a text from `dimensions_key`."""
    return [{"Name": name, "Value": value} for name, value in orjson.loads(key)]


def number_of(tx: Tx, scope: str, metric: Mapping[str, Any]) -> int | None:
    """Return the number of the metric with this Namespace, MetricName and Dimensions; None if it never had
    data."""
    rows = tx.sql(
        "SELECT number FROM cloudwatch_metric WHERE scope = ? AND namespace = ? AND name = ? AND dimensions = ?",
        scope,
        metric.get("Namespace", ""),
        metric.get("MetricName", ""),
        dimensions_key(metric.get("Dimensions", [])),
    )
    return rows[0][0] if rows else None


def record_metric(ctx: Context, namespace: str, name: str, dimensions: str) -> int:
    """Add a metric, or note that it has new data; return its number."""
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
    """List metrics by namespace, name and dimensions; a dimension filter without a value matches any value.

    Metrics without data for two weeks are left out
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html).
    """
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
    """Return the position in a page token. ListMetrics declares no InvalidNextToken (API reference, the
    service's model)."""
    try:
        return read_token(ctx, token)
    except AwsError:
        raise invalid_value("The value for parameter NextToken is invalid.") from None


def _pair(filter: Mapping[str, str]) -> str:
    """Return the text of a dimension in its key. It matches only dimensions, since quotation marks in text
    are escaped."""
    if "Value" in filter:
        return orjson.dumps([filter["Name"], filter["Value"]]).decode()
    return orjson.dumps([filter["Name"]]).decode()[:-1] + ","


def read_position(ctx: Context, token: str) -> Any:
    """Return the position in a page token. Raise InvalidNextToken if it is malformed or belongs to another
    call."""
    try:
        return read_token(ctx, token)
    except AwsError:
        raise AwsError("InvalidNextToken", "The next token is invalid.") from None
