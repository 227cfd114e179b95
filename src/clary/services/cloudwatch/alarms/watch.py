"""The controller of metric alarms: look at the newest data points, say the state, and look again."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clary.kernel import AwsError, BusinessTime
from clary.plane import Record, Step, World
from clary.services.cloudwatch.alarms import reasons
from clary.services.cloudwatch.alarms.checks import period_of
from clary.services.cloudwatch.alarms.noun import ALARM, moved
from clary.services.cloudwatch.alarms.verdict import EXTRA_PERIODS, Rule, judge
from clary.services.cloudwatch.buckets import Window
from clary.services.cloudwatch.queries import Evaluation
from clary.services.cloudwatch.service import cloudwatch
from clary.services.cloudwatch.work import Work
from clary.store.api import Tx

_MOST_POINTS = 500_000  # of one look at an alarm
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@cloudwatch.controller(ALARM)
def watch(record: Record, world: World) -> Step:
    """Every minute, or every ten seconds where the period is shorter ("Evaluating an alarm"). Minutes and periods are of
    business time: a move of it by an hour is an hour without data."""
    doc, rule = record.spec, rule_of(record.spec)
    period, beat = period_of(doc), beat_of(doc)
    window = looked_at(period, rule.periods, beat, world.now).by(world.business)
    with world.platform.store.read() as tx:
        points = points_of(tx, record.scope, doc, window)
    next_look = world.business.now + until_next(beat, world.now)
    verdict = judge(points, rule)
    first = record.observed["StateReason"].startswith("Unchecked")
    if verdict.state is None or (verdict.state == record.status and not first):
        return Step(until=next_look)
    times = dates_of(window, world.business)
    reason = reasons.sentence(doc, record.status, verdict, rule, times, points)
    said = reasons.data(doc, verdict, period, times, points, world.now)
    change = moved(record, verdict.state, reason, said, world.now)
    return Step(verdict.state, change.status, private=change.private, until=next_look)


def rule_of(doc: Mapping[str, Any]) -> Rule:
    compare, threshold = _COMPARISONS[doc["ComparisonOperator"]], float(doc["Threshold"])
    periods = int(doc["EvaluationPeriods"])
    return Rule(
        periods,
        int(doc.get("DatapointsToAlarm") or periods),
        lambda value: compare(value, threshold),
        doc.get("TreatMissingData", "missing"),
    )


def looked_at(period: int, periods: int, beat: int, now: float) -> Window:
    """The periods that count: whole ones, the last of which ends at the last beat."""
    end = int(now // beat * beat)
    return Window(end - (periods + EXTRA_PERIODS) * period, end, period)


def dates_of(window: Window, business: BusinessTime) -> list[int]:
    """Where the periods of a window begin, by the machine's clock: as GetMetricData dates their points. One that a move ran
    through is dated by its end."""
    line, last = business.timeline, window.period - 1
    return [int(line.machine(at + last + line.ahead)) - last for at in window.times()]


def beat_of(doc: Mapping[str, Any]) -> int:
    """Every how many seconds an alarm is looked at."""
    return 10 if period_of(doc) < 60 else 60


def until_next(beat: int, now: float) -> float:
    """Seconds until shortly after the next beat: data of a period may come a little late."""
    late = beat / 6
    return beat - (now - late) % beat


def points_of(tx: Tx, scope: str, doc: Mapping[str, Any], window: Window) -> list[float | None]:
    """The data point of each period, None where there is none. An expression that fails has none."""
    try:
        evaluation = Evaluation(tx, scope, _queries(doc), lambda period: window, Work(_MOST_POINTS))
        results = [result for found in evaluation.results() for result in found]
    except AwsError:
        return [None for _ in window.times()]
    found = results[0].points if len(results) == 1 else {}
    return [found.get(at) for at in window.times()]


def _queries(doc: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """An alarm on a metric as the one query that it is."""
    if "Metrics" in doc:
        return doc["Metrics"]
    metric = {member: doc[member] for member in ("Namespace", "MetricName", "Dimensions") if member in doc}
    stat = {
        "Metric": metric,
        "Period": doc["Period"],
        "Stat": doc.get("Statistic") or doc["ExtendedStatistic"],
    }
    return [{"Id": "m", "MetricStat": stat | ({"Unit": doc["Unit"]} if doc.get("Unit") else {})}]
