"""GetMetricData: metrics and expressions over them, page by page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import sign_token
from clary.services.cloudwatch.errors import START_BEFORE_END, START_IS_END, invalid_queries
from clary.services.cloudwatch.metric_queries import Evaluation, Result
from clary.services.cloudwatch.metrics import read_position
from clary.services.cloudwatch.period_statistics import Window
from clary.services.cloudwatch.service import cloudwatch

_MOST = 100_800
_MOST_SERIES = 1_000  # on a page, however few data points they have


class Position(NamedTuple):
    """Where a page begins: the index of the query (of those that return data), of its series, and of the data
    point."""

    query: int
    series: int
    skip: int


@cloudwatch.operation(lane="heavy_read")
def get_metric_data(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Return data points at multiples of each period, by default the newest first.

    MaxDatapoints limits the data points of all series of a page together
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html).
    """
    start, end = params["StartTime"], params["EndTime"]
    if start >= end:
        raise invalid_queries([START_IS_END if start == end else START_BEFORE_END])

    def window(period: int) -> Window:
        return Window(int(start // period * period), math.ceil(end), period).within_retention(ctx.business)

    evaluation = Evaluation(ctx.tx, ctx.scope, params["MetricDataQueries"], window)
    down = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    room_left = max(1, min(params.get("MaxDatapoints") or _MOST, _MOST))
    place = _start(ctx, params.get("NextToken"))
    shown, place = _page(evaluation.results(place.query), place, room_left, down)
    more = {"NextToken": sign_token(ctx, list(place))} if place else {}
    return {"MetricDataResults": shown, "Messages": [], **more}


def _start(ctx: Context, token: str | None) -> Position:
    """Return where a page begins. Raise InvalidNextToken."""
    place = read_position(ctx, token) if token else (0, 0, 0)
    if len(place) != 3:
        raise AwsError("InvalidNextToken", "The next token is invalid.")
    return Position(*place)


def _page(
    queries: Iterable[list[Result]], place: Position, room_left: int, down: bool
) -> tuple[list[dict[str, Any]], Position | None]:
    """Return the series of a page, and where the next page begins (None if there is none).

    After a full page only one more query is evaluated, to find out whether there is a next page.
    """
    shown: list[dict[str, Any]] = []
    for number, results in enumerate(queries, place.query):
        for position in range(place.series, len(results)):
            if len(shown) == _MOST_SERIES:
                return shown, place
            result = results[position]
            times = sorted(result.points, reverse=down)[place.skip :]
            taken = times[:room_left]
            room_left -= len(taken)
            if taken or not times:
                shown.append(_shown(result, taken, whole=len(taken) == len(times)))
            if len(taken) < len(times):
                return shown, Position(number, position, place.skip + len(taken))
            place = Position(number, position + 1, 0)
        place = Position(number + 1, 0, 0)
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
