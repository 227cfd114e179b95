"""BatchGetMetrics: the series of metrics in steps of an axis
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_metrics_BatchGetMetrics.html).

Times on the axis are in milliseconds, as AWS's own samples take them (they hand XAxisValues to MLflow, whose times are).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clary.kernel import Arn
from clary.plane import Context, Query, Record
from clary.services.sagemaker.metrics import points
from clary.services.sagemaker.metrics.points import Axis
from clary.services.sagemaker.metrics.put import TRIAL_COMPONENT
from clary.services.sagemaker.metrics.service import metrics

# Values in the answer to one query, and to all queries of a call; points that a call reads, each 1 us or less.
MOST_VALUES, MOST_IN_ALL, MOST_READ = 10_000, 100_000, 1_000_000
_PERIODS = {"OneMinute": 60_000, "FiveMinute": 300_000, "OneHour": 3_600_000}

Params = dict[str, Any]


def _about(ctx: Context, params: Params) -> Sequence[str]:
    return sorted({query["ResourceArn"] for query in params["MetricQueries"]})


@metrics.operation(on=_about, lane="heavy_read")
def batch_get_metrics(ctx: Context, params: Params) -> Params:
    """Answer each query by itself: one that makes no sense has its own status."""
    owners = {arn: _owner(ctx, arn) for arn in _about(ctx, params)}
    left = _Left(MOST_IN_ALL, MOST_READ)
    return {
        "MetricQueryResults": [
            _answer(ctx, query, owners[query["ResourceArn"]], left) for query in params["MetricQueries"]
        ]
    }


@dataclass(slots=True)
class _Left:
    """How many values and points are left to the queries of a call."""

    values: int
    points: int


def _answer(ctx: Context, query: Params, owner: Record | None, left: _Left) -> Params:
    axis = _axis(query)
    if isinstance(axis, str):
        return _result("ValidationError", [], axis)
    if owner is None:
        return _result("ValidationError", [], "The resource was not found.")
    name = query["MetricName"]
    if "\0" in name:  # no metric has such a name, and not every store can look for it
        return _result("Complete", [])
    left.points -= owner.private.get("metrics", {}).get(name, {}).get("Count", 0)
    if left.points < 0:
        return _result("Truncated", [], "The queries before this one have read too much for one call.")
    most = min(MOST_VALUES, left.values)
    found = points.read(ctx.tx, owner.arn, name, query["MetricStat"], axis, most + 1)
    left.values -= min(most, len(found))
    return _result("Complete" if len(found) <= most else "Truncated", found[:most])


def _result(status: str, found: Sequence[tuple[int, float]], message: str = "") -> Params:
    said = {"Message": message} if message else {}
    values = {"XAxisValues": [place for place, _ in found], "MetricValues": [value for _, value in found]}
    return {"Status": status, **said, **values}


def _axis(query: Params) -> Axis | str:
    """Return the axis of a query, or what is wrong with it."""
    by_step, period = query["XAxisType"] == "IterationNumber", query["Period"]
    if by_step != (period == "IterationNumber"):
        return f"Period {period} is not valid for XAxisType {query['XAxisType']}."
    start, end = query.get("Start"), query.get("End")
    if start is not None and end is not None and start > end:
        return "Start must not be greater than End."
    return Axis(_PERIODS.get(period), start, end)


def _owner(ctx: Context, arn: str) -> Record | None:
    """Return the trial component that an ARN of this account and region names, by itself or by its job."""
    try:
        named = Arn.parse(arn)
    except ValueError:
        return None
    if arn != ctx.arn(named.resource):
        return None
    record = ctx.tx.by_arn(arn)
    if record is not None and record.kind == TRIAL_COMPONENT:
        return record
    found = ctx.tx.list(TRIAL_COMPONENT, ctx.scope, Query([("parent", "=", arn.lower())], limit=1))
    return found[0] if found else None
