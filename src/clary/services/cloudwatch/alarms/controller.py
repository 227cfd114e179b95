"""The controller of metric alarms: read the newest data points, set the state, and schedule the next
evaluation."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clary.kernel import AwsError, BusinessTime
from clary.plane import Record, Step, World
from clary.services.cloudwatch.alarms import state_reasons
from clary.services.cloudwatch.alarms.checks import period_of
from clary.services.cloudwatch.alarms.evaluation import EXTRA_PERIODS, Rule, evaluate_alarm
from clary.services.cloudwatch.alarms.noun import ALARM, state_change
from clary.services.cloudwatch.metric_queries import Evaluation
from clary.services.cloudwatch.period_statistics import Window
from clary.services.cloudwatch.service import cloudwatch
from clary.services.cloudwatch.work_limit import WorkLimit
from clary.store.api import Tx

_MOST_POINTS = 500_000  # of one evaluation
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@cloudwatch.controller(ALARM)
def evaluate(record: Record, world: World) -> Step:
    """Evaluate an alarm every minute, or every ten seconds for shorter periods ("Evaluating an alarm").

    Periods are in business time: moving it by an hour makes an hour without data.
    """
    doc, rule = record.spec, rule_of(record.spec)
    period, interval = period_of(doc), evaluation_interval(doc)
    window = evaluated_window(period, rule.periods, interval, world.now).in_business_time(world.business)
    with world.platform.store.read() as tx:
        points = datapoints_of(tx, record.scope, doc, window)
    next_evaluation = world.business.now + seconds_until_next(interval, world.now)
    outcome = evaluate_alarm(points, rule)
    first = record.observed["StateReason"].startswith("Unchecked")
    if outcome.state is None or (outcome.state == record.status and not first):
        return Step(until=next_evaluation)
    times = machine_times(window, world.business)
    reason = state_reasons.sentence(doc, record.status, outcome, rule, times, points)
    data = state_reasons.data(doc, outcome, period, times, points, world.now)
    change = state_change(record, outcome.state, reason, data, world.now)
    return Step(outcome.state, change.status, private=change.private, until=next_evaluation)


def rule_of(doc: Mapping[str, Any]) -> Rule:
    compare, threshold = _COMPARISONS[doc["ComparisonOperator"]], float(doc["Threshold"])
    periods = int(doc["EvaluationPeriods"])
    return Rule(
        periods,
        int(doc.get("DatapointsToAlarm") or periods),
        lambda value: compare(value, threshold),
        doc.get("TreatMissingData", "missing"),
    )


def evaluated_window(period: int, periods: int, interval: int, now: float) -> Window:
    """Return the periods to evaluate, all of them complete; the last ends at the latest multiple of
    `interval`."""
    end = int(now // interval * interval)
    return Window(end - (periods + EXTRA_PERIODS) * period, end, period)


def machine_times(window: Window, business: BusinessTime) -> list[int]:
    """Return the start of each period in machine time, as GetMetricData dates its points.

    A period in which business time was moved is dated by its end.
    """
    line, last = business.timeline, window.period - 1
    return [int(line.machine(at + last + line.ahead)) - last for at in window.times()]


def evaluation_interval(doc: Mapping[str, Any]) -> int:
    """Return the seconds between evaluations."""
    return 10 if period_of(doc) < 60 else 60


def seconds_until_next(interval: int, now: float) -> float:
    """Return the seconds until shortly after the next multiple of `interval`, since data may arrive a little
    late."""
    late = interval / 6
    return interval - (now - late) % interval


def datapoints_of(tx: Tx, scope: str, doc: Mapping[str, Any], window: Window) -> list[float | None]:
    """Return the data point of each period; None if it is missing or the expression fails."""
    try:
        evaluation = Evaluation(tx, scope, _queries(doc), lambda period: window, WorkLimit(_MOST_POINTS))
        results = [result for found in evaluation.results() for result in found]
    except AwsError:
        return [None for _ in window.times()]
    found = results[0].points if len(results) == 1 else {}
    return [found.get(at) for at in window.times()]


def _queries(doc: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the queries of an alarm. An alarm on a metric has one."""
    if "Metrics" in doc:
        return doc["Metrics"]
    metric = {member: doc[member] for member in ("Namespace", "MetricName", "Dimensions") if member in doc}
    stat = {
        "Metric": metric,
        "Period": doc["Period"],
        "Stat": doc.get("Statistic") or doc["ExtendedStatistic"],
    }
    return [{"Id": "m", "MetricStat": stat | ({"Unit": doc["Unit"]} if doc.get("Unit") else {})}]
