"""Why an alarm is in its state: the sentence, and the same for machines. Words as in recorded answers
(test_breaching_alarm_actions) and in the user guide's examples of notifications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from clary.services.cloudwatch.alarms.verdict import Rule, Verdict

_COMPARISONS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


def sentence(
    doc: Mapping[str, Any],
    old: str,
    verdict: Verdict,
    rule: Rule,
    times: Sequence[int],
    points: Sequence[float | None],
) -> str:
    """StateReason of an alarm that comes from state `old`."""
    if verdict.state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_counted(verdict.filled, 'datapoint')} {_were(verdict.filled)} unknown."
    if not verdict.used:
        n, kind = verdict.filled, "Breaching" if rule.missing == "breaching" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {_counted(n, 'period')} and "
            f"{_counted(n, 'missing datapoint')} {_were(n)} treated as [{kind}]."
        )
    alarm = verdict.state == "ALARM"
    meant = [place for place in verdict.used if rule.breaches(points[place]) is alarm]  # type: ignore[arg-type]
    listed = ", ".join(f"{float(points[place] or 0.0)} ({_day(times[place])})" for place in meant)
    compared = f"{'' if alarm else 'not '}{_COMPARISONS[doc['ComparisonOperator']]} the threshold ({float(doc['Threshold'])})"
    if old == "INSUFFICIENT_DATA":
        return f"Threshold Crossed: {_counted(len(meant), 'datapoint')} [{listed}] {_were(len(meant))} {compared}."
    least = rule.needed if alarm else rule.periods - rule.needed + 1
    return (
        f"Threshold Crossed: {len(meant)} out of the last {rule.periods} datapoints [{listed}] {_were(len(meant))} "
        f"{compared} (minimum {_counted(least, 'datapoint')} for {old} -> {verdict.state} transition)."
    )


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")


def data(
    doc: Mapping[str, Any],
    verdict: Verdict,
    period: int,
    times: Sequence[int],
    points: Sequence[float | None],
    now: float,
) -> str:
    """StateReasonData (recorded: test_breaching_alarm_actions)."""
    oldest_first = sorted(verdict.used)
    said: dict[str, Any] = {"version": "1.0", "queryDate": _iso(now)}
    if oldest_first:
        said["startDate"] = _iso(times[oldest_first[0]])
    if doc.get("Unit"):
        said["unit"] = doc["Unit"]
    if doc.get("Statistic") or doc.get("ExtendedStatistic"):
        said["statistic"] = doc.get("Statistic") or doc["ExtendedStatistic"]
    said |= {
        "period": period,
        "recentDatapoints": [points[place] for place in oldest_first],
        "threshold": float(doc["Threshold"]),
        "evaluatedDatapoints": [
            {"timestamp": _iso(times[place]), "value": points[place]} for place in verdict.used
        ],
    }
    return orjson.dumps(said).decode()


def _iso(at: float) -> str:
    return (
        datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at * 1000) % 1000:03d}+0000"
    )
