"""GetMetricData: metrics and expressions over them, page by page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from clary.plane import Context
from clary.plane.paging import sign_token
from clary.services.cloudwatch.buckets import Window
from clary.services.cloudwatch.metrics import place_in
from clary.services.cloudwatch.queries import Evaluation, Result
from clary.services.cloudwatch.refusals import START_BEFORE_END, validation_error
from clary.services.cloudwatch.service import cloudwatch

_MOST = 100_800


@cloudwatch.operation(heavy=True)
def get_metric_data(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Data points on the multiples of each period, the newest first unless told otherwise. A page has MaxDatapoints
    of all series together
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html)."""
    start, end = params["StartTime"], params["EndTime"]
    if start >= end:
        raise validation_error(START_BEFORE_END)

    def window(period: int) -> Window:
        return Window(int(start // period * period), math.ceil(end), period).kept(ctx.now)

    results = Evaluation(ctx.tx, ctx.scope, params["MetricDataQueries"], window).results()
    down = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    room = max(1, min(params.get("MaxDatapoints") or _MOST, _MOST))
    first, skip = place_in(ctx, params["NextToken"]) if params.get("NextToken") else (0, 0)
    shown, place = _page(results, first, skip, room, down)
    more = {"NextToken": sign_token(ctx, place)} if place else {}
    return {"MetricDataResults": shown, "Messages": [], **more}


def _page(
    results: Sequence[Result], first: int, skip: int, room: int, down: bool
) -> tuple[list[dict[str, Any]], list[int] | None]:
    """Series from the `first` on, of that one without the `skip` data points seen before; and where the next page goes
    on (None: there is none)."""
    shown: list[dict[str, Any]] = []
    for position in range(first, len(results)):
        result = results[position]
        times = sorted(result.points, reverse=down)[skip:]
        if times and not room:
            return shown, [position, skip]
        taken = times[:room]
        room -= len(taken)
        shown.append(_shown(result, taken, whole=len(taken) == len(times)))
        if len(taken) < len(times):
            return shown, [position, skip + len(taken)]
        skip = 0
    return shown, None


def _shown(result: Result, times: list[int], whole: bool) -> dict[str, Any]:
    shown = {
        "Id": result.id,
        "Label": result.label,
        "Timestamps": times,
        "Values": [result.points[at] for at in times],
        "StatusCode": "Complete" if whole else "PartialData",
    }
    return shown | ({"Messages": list(result.messages)} if result.messages else {})
