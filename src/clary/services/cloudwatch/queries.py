"""The queries of GetMetricData and of alarms: metrics and expressions that refer to each other by id. Knows no
operation and no page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clary.services.cloudwatch.buckets import Window, is_plain, read, statistic
from clary.services.cloudwatch.math import MathError, Scope, Series, evaluate
from clary.services.cloudwatch.refusals import both_given, validation_error
from clary.store.api import Tx

_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_MOST_PERIODS = 100_800

Query = Mapping[str, Any]
Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """What a query comes to: a series under a label, with what AWS has to say of it."""

    id: str
    label: str
    points: Mapping[int, float]
    messages: tuple[Message, ...] = ()


class Evaluation:
    """Evaluates queries once each. `window` says the periods of the request for a period in seconds."""

    def __init__(self, tx: Tx, scope: str, queries: Sequence[Query], window: Callable[[int], Window]) -> None:
        check(queries)
        self._tx, self._scope = tx, scope
        self._queries = {query["Id"]: query for query in queries}
        self._labels = default_labels(queries)
        self._window = window
        self._done: dict[str, list[Result]] = {}
        self._series: dict[str, list[Series]] = {}
        self._under_way: list[str] = []

    def results(self) -> list[Result]:
        """The results of the queries that are to be returned, in their order."""
        wanted = [id for id, query in self._queries.items() if query.get("ReturnData", True)]
        return [result for id in wanted for result in self._result(id)]

    def _result(self, id: str) -> list[Result]:
        if id not in self._done:
            query = self._queries[id]
            self._done[id] = self._metric(query) if "MetricStat" in query else self._expression(query)
        return self._done[id]

    def _metric(self, query: Query) -> list[Result]:
        stat = query["MetricStat"]
        value = statistic(stat["Stat"])
        assert value is not None, "a statistic was checked"
        window, extended = self._window(stat["Period"]), not is_plain(stat["Stat"])
        buckets = read(self._tx, self._scope, stat["Metric"], window, stat.get("Unit"), every_value=extended)
        units = sorted({unit for _, unit in buckets})
        # Without a unit in the query, AWS answers from the first of the units that there are (recorded).
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

    def _expression(self, query: Query) -> list[Result]:
        id, label = query["Id"], self._labels[query["Id"]]
        if id in self._under_way:
            raise MathError("The expression refers to itself")
        self._under_way.append(id)
        try:
            found = evaluate(query["Expression"], Scope(self._value, self._metrics, self._periods(query)))
        except MathError as error:
            raise validation_error(f"Error in expression '{id}': {error}") from None
        finally:
            self._under_way.pop()
        self._series[id] = [replace(series, metric=False) for series in found]
        if len(found) == 1:
            return [Result(id, label, found[0].points)]
        return [Result(id, f"{label} {series.label}".strip(), series.points) for series in found]

    def _value(self, id: str) -> Series | list[Series] | None:
        if id not in self._queries:
            return None
        self._result(id)
        found = self._series[id]
        return found[0] if len(found) == 1 else found

    def _metrics(self) -> list[Series]:
        metrics = [id for id, query in self._queries.items() if "MetricStat" in query]
        return [series for id in metrics if self._result(id) for series in self._series[id]]

    def _periods(self, query: Query) -> Callable[[int], Window]:
        """The window of a period; where there is none, of the query's own or of the longest in the request."""
        others = [one["MetricStat"]["Period"] for one in self._queries.values() if "MetricStat" in one]
        own = query.get("Period") or max(others, default=300)

        def window(period: int) -> Window:
            found = self._window(period or own)
            if len(found.times()) > _MOST_PERIODS:
                raise MathError(f"The time range has more than {_MOST_PERIODS} periods")
            return found

        return window


def check(queries: Sequence[Query]) -> None:
    """Raises ValidationError for queries that make no sense."""
    if len(queries) > 500:
        raise validation_error("The collection MetricDataQueries must not have a size greater than 500.")
    seen: set[str] = set()
    for position, query in enumerate(queries, 1):
        where = f"MetricDataQueries.member.{position}"
        if not _ID.fullmatch(query["Id"]):
            raise validation_error(
                f"The value {query['Id']} for parameter {where}.Id is not matching the expected pattern "
                "^[a-z][a-zA-Z0-9_]*$."
            )
        if query["Id"] in seen:
            raise validation_error("The values for parameter id in MetricDataQueries are not unique.")
        seen.add(query["Id"])
        _check_kind(where, query)
    _check_statistics(queries)


def _check_statistics(queries: Sequence[Query]) -> None:
    """All that are none in one error, a line each (prometheus-community/yet-another-cloudwatch-exporter#385)."""
    given = [(position, query.get("MetricStat")) for position, query in enumerate(queries, 1)]
    wrong = [
        f"The value {stat['Stat']} for parameter MetricDataQueries.member.{position}.MetricStat.Stat is not a valid "
        "statistic."
        for position, stat in given
        if stat is not None and statistic(stat["Stat"]) is None
    ]
    if wrong:
        raise validation_error("\n".join(wrong))


def _check_kind(where: str, query: Query) -> None:
    if "MetricStat" in query and "Expression" in query:
        raise validation_error(both_given(f"{where}.Expression", f"{where}.MetricStat"))
    if "MetricStat" not in query and "Expression" not in query:
        raise validation_error(
            f"At least one of the parameters {where}.Expression and {where}.MetricStat must be specified."
        )
    if "MetricStat" in query:
        check_period(query["MetricStat"]["Period"])


def check_period(period: int) -> None:
    if period not in (1, 5, 10, 20, 30) and period % 60:
        raise validation_error("Period must be 1, 5, 10, 20, 30 or a multiple of 60.")


def default_labels(queries: Sequence[Query]) -> dict[str, str]:
    """Labels by id. Where none is given: an expression's id; a metric's name and, among several queries of one name,
    those of statistic and period that differ between them (recorded: test_label_generation)."""
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
