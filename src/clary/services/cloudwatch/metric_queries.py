"""The queries of GetMetricData and of alarms: metrics, and expressions that refer to each other by id.

Knows no operation and no page.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clary.kernel import AwsError
from clary.services.cloudwatch.errors import both_given, invalid_queries, validation_error
from clary.services.cloudwatch.math import MathError, Scope, Series, compiled, evaluate, names
from clary.services.cloudwatch.period_statistics import (
    SHORT_PERIODS,
    Buckets,
    Window,
    is_plain,
    read,
    statistic,
)
from clary.services.cloudwatch.work_limit import WorkLimit
from clary.store.api import Tx
from clary.wire.parameters import required, too_many

_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_MOST_PERIODS = 100_800
_MOST_QUERIES = 500

Query = Mapping[str, Any]
Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a query: a series with a label, and messages about it."""

    id: str
    label: str
    points: Mapping[int, float]
    messages: tuple[Message, ...] = ()


class Evaluation:
    """Evaluates each query once, when it is needed.

    `window` returns the window of the request for a period in seconds. `work` limits the data points that are
    read and computed.
    """

    def __init__(
        self,
        tx: Tx,
        scope: str,
        queries: Sequence[Query],
        window: Callable[[int], Window],
        work: WorkLimit | None = None,
    ) -> None:
        check(queries)
        self._tx, self._scope = tx, scope
        self._queries = {query["Id"]: query for query in queries}
        self._labels = default_labels(queries)
        self._window = window
        self._done: dict[str, list[Result]] = {}
        self._series: dict[str, list[Series]] = {}
        self._trees: dict[str, Any] = {}
        self._read: dict[tuple[Any, ...], Buckets] = {}
        self._spend = (work or WorkLimit()).spend

    def results(self, first: int = 0) -> Iterator[list[Result]]:
        """Yield the results of each query with ReturnData, in order, from index `first`: one, or several for
        an array."""
        wanted = [id for id, query in self._queries.items() if query.get("ReturnData", True)]
        return (self._result(id) for id in wanted[first:])

    def _result(self, id: str) -> list[Result]:
        """Return the results of a query, evaluating those that it refers to first.

        This does not recurse, since a chain of references can be long.
        """
        waiting, under_way = [id], set[str]()
        while waiting:
            query = self._queries[waiting[-1]]
            missing = [] if query["Id"] in self._done else self._missing(query)
            if not missing:
                self._evaluate(query)
                waiting.pop()
                continue
            under_way.add(query["Id"])
            if not under_way.isdisjoint(missing):
                raise _error(query, "The expression refers to itself")
            waiting += missing
        return self._done[id]

    def _missing(self, query: Query) -> list[str]:
        """Return the queries that an expression refers to and that have not been evaluated."""
        if "MetricStat" in query:
            return []
        id = query["Id"]
        try:
            tree = self._trees[id] = self._trees.get(id) or compiled(query["Expression"])
        except MathError as error:
            raise _error(query, error) from None
        return [name for name in sorted(names(tree)) if name in self._queries and name not in self._done]

    def _evaluate(self, query: Query) -> None:
        if query["Id"] not in self._done:
            evaluated = self._metric(query) if "MetricStat" in query else self._expression(query)
            self._done[query["Id"]] = evaluated

    def _metric(self, query: Query) -> list[Result]:
        stat = query["MetricStat"]
        value = statistic(stat["Stat"])
        assert value is not None, "a statistic was checked"
        buckets = self._buckets(stat)
        units = sorted({unit for _, unit in buckets})
        # Without a unit in the query, AWS uses the first of the metric's units (recorded).
        points = {
            at: found
            for (at, unit), bucket in buckets.items()
            if unit == units[0] and (found := value(bucket)) is not None
        }
        id, label = query["Id"], self._labels[query["Id"]]
        self._series[id] = [Series(points, stat["Period"], id, label, metric=True)]
        text = f"Multiple units returned: '[{', '.join(units)}]'"
        messages = ({"Code": "MultipleUnits", "Value": text},) if len(units) > 1 else ()
        return [Result(id, label, points, messages)]

    def _buckets(self, stat: Mapping[str, Any]) -> Buckets:
        """Return the statistics that a query of a metric needs; read them once for all queries that need
        them."""
        metric, period, unit = stat["Metric"], stat["Period"], stat.get("Unit")
        extended = not is_plain(stat["Stat"])
        key = (
            metric.get("Namespace"),
            metric.get("MetricName"),
            repr(metric.get("Dimensions")),
            period,
            unit,
        )
        found = self._read.get((*key, extended))
        if found is None:
            window = self._window(period)
            found = read(self._tx, self._scope, metric, window, unit, every_value=extended, spend=self._spend)
            self._read[(*key, extended)] = found
        self._spend(len(found))
        return found

    def _expression(self, query: Query) -> list[Result]:
        id, label = query["Id"], self._labels[query["Id"]]
        scope = Scope(self._value, self._metrics, self._periods(query), self._spend)
        try:
            found = evaluate(self._trees[id], scope)
        except MathError as error:
            raise _error(query, error) from None
        self._spend(len(found))
        self._series[id] = [replace(series, metric=False) for series in found]
        if len(found) == 1:
            return [Result(id, label, found[0].points)]
        return [Result(id, f"{label} {series.label}".strip(), series.points) for series in found]

    def _value(self, id: str) -> Series | list[Series] | None:
        if id not in self._queries:
            return None
        found = self._series[id]
        return found[0] if len(found) == 1 else found

    def _metrics(self) -> list[Series]:
        metrics = [id for id, query in self._queries.items() if "MetricStat" in query]
        return [series for id in metrics if self._result(id) for series in self._series[id]]

    def _periods(self, query: Query) -> Callable[[int], Window]:
        """Return a function from period to window; 0 stands for the query's own period, or the longest in the
        request."""
        others = [one["MetricStat"]["Period"] for one in self._queries.values() if "MetricStat" in one]
        own = query.get("Period") or max(others, default=300)

        def window(period: int) -> Window:
            found = self._window(period or own)
            if len(found.times()) > _MOST_PERIODS:
                raise MathError(f"The time range has more than {_MOST_PERIODS} periods")
            self._spend(len(found.times()))
            return found

        return window


def _error(query: Query, why: object) -> AwsError:
    return validation_error(f"Error in expression '{query['Id']}': {why}")


def check(queries: Sequence[Query]) -> None:
    """Raise ValidationError, with a line for each invalid query."""
    if len(queries) > _MOST_QUERIES:
        raise invalid_queries([too_many("MetricDataQueries", _MOST_QUERIES)])
    lines = [line for position, query in enumerate(queries, 1) for line in _wrong(position, query)]
    if len({query["Id"] for query in queries}) < len(queries):
        lines.append("The values for parameter id in MetricDataQueries are not unique.")
    if lines:
        raise invalid_queries(lines)


def _wrong(position: int, query: Query) -> Iterator[str]:
    where, id = f"MetricDataQueries.member.{position}", query["Id"]
    if not _ID.fullmatch(id):
        yield (
            f"The value {id} for parameter {where}.Id is not matching the expected pattern "
            "^[a-z][a-zA-Z0-9_]*$."
        )
    if "MetricStat" in query:
        if "Expression" in query:
            yield both_given(f"{where}.Expression", f"{where}.MetricStat")
        yield from _wrong_metric(f"{where}.MetricStat", query["MetricStat"])
    elif "Expression" not in query:
        yield required(f"{where}.MetricStat")


def _wrong_metric(where: str, stat: Mapping[str, Any]) -> Iterator[str]:
    if not stat["Metric"].get("MetricName"):
        yield required(f"{where}.Metric.MetricName")
    if not stat["Metric"].get("Namespace"):
        yield required(f"{where}.Metric.Namespace")
    if stat["Period"] not in SHORT_PERIODS and stat["Period"] % 60:
        yield f"The parameter {where}.Period must be a multiple of 60."
    if statistic(stat["Stat"]) is None:
        yield f"The value {stat['Stat']} for parameter {where}.Stat is not a valid statistic."


def default_labels(queries: Sequence[Query]) -> dict[str, str]:
    """Return the labels by query id.

    Without a label of its own, an expression has its id. A metric has its name and, if several queries have
    that name, the statistic and the period where these differ (recorded: test_label_generation).
    """
    alike: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for query in queries:
        if "MetricStat" in query:
            alike[query["MetricStat"]["Metric"].get("MetricName", "")].append(query["MetricStat"])
    return {query["Id"]: _label(query, alike) for query in queries}


def _label(query: Query, alike: Mapping[str, list[Mapping[str, Any]]]) -> str:
    if query.get("Label") or "MetricStat" not in query:
        return query.get("Label") or query["Id"]
    stat = query["MetricStat"]
    name = stat["Metric"].get("MetricName", "")
    differing = (member for member in ("Stat", "Period") if len({one[member] for one in alike[name]}) > 1)
    return " ".join([name, *(str(stat[member]) for member in differing)])
