"""The reason of an alarm's state: StateReason, a sentence, and StateReasonData, JSON.

The words follow recorded answers (test_breaching_alarm_actions) and the User Guide's examples of
notifications.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from clary.services.cloudwatch.alarms.evaluation import Outcome, Rule

_COMPARISONS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


def sentence(
    doc: Mapping[str, Any],
    old: str,
    outcome: Outcome,
    rule: Rule,
    times: Sequence[int],
    points: Sequence[float | None],
) -> str:
    """Return the StateReason of an alarm that was in state `old`."""
    if outcome.state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_counted(outcome.filled, 'datapoint')} {_were(outcome.filled)} unknown."
    if not outcome.used:
        n, kind = outcome.filled, "Breaching" if rule.missing == "breaching" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {_counted(n, 'period')} and "
            f"{_counted(n, 'missing datapoint')} {_were(n)} treated as [{kind}]."
        )
    alarm = outcome.state == "ALARM"
    relevant = [place for place in outcome.used if rule.breaches(points[place]) is alarm]  # type: ignore[arg-type]
    listed = ", ".join(f"{float(points[place] or 0.0)} ({_day(times[place])})" for place in relevant)
    compared = f"{'' if alarm else 'not '}{_COMPARISONS[doc['ComparisonOperator']]} the threshold ({float(doc['Threshold'])})"
    if old == "INSUFFICIENT_DATA":
        return f"Threshold Crossed: {_counted(len(relevant), 'datapoint')} [{listed}] {_were(len(relevant))} {compared}."
    least = rule.needed if alarm else rule.periods - rule.needed + 1
    return (
        f"Threshold Crossed: {len(relevant)} out of the last {rule.periods} datapoints [{listed}] {_were(len(relevant))} "
        f"{compared} (minimum {_counted(least, 'datapoint')} for {old} -> {outcome.state} transition)."
    )


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")


def data(
    doc: Mapping[str, Any],
    outcome: Outcome,
    period: int,
    times: Sequence[int],
    points: Sequence[float | None],
    now: float,
) -> str:
    """Return the StateReasonData (recorded: test_breaching_alarm_actions)."""
    oldest_first = sorted(outcome.used)
    data: dict[str, Any] = {"version": "1.0", "queryDate": _iso(now)}
    if oldest_first:
        data["startDate"] = _iso(times[oldest_first[0]])
    if doc.get("Unit"):
        data["unit"] = doc["Unit"]
    if doc.get("Statistic") or doc.get("ExtendedStatistic"):
        data["statistic"] = doc.get("Statistic") or doc["ExtendedStatistic"]
    data |= {
        "period": period,
        "recentDatapoints": [points[place] for place in oldest_first],
        "threshold": float(doc["Threshold"]),
        "evaluatedDatapoints": [
            {"timestamp": _iso(times[place]), "value": points[place]} for place in outcome.used
        ],
    }
    return orjson.dumps(data).decode()


def _iso(at: float) -> str:
    return (
        datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at * 1000) % 1000:03d}+0000"
    )
