"""Which state an alarm's data points mean. A pure function of them: knows no store and no clock.

Source: "How alarm state is evaluated when data is missing" and "Avoiding premature transitions to alarm state"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

EXTRA_PERIODS = 2
"""How many periods more than are evaluated are looked at: the range is 5 where 3 are (the guide's example)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`needed` of `periods` data points must breach. `missing` is TreatMissingData."""

    periods: int
    needed: int
    breaches: Callable[[float], bool]
    missing: str = "missing"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` is None where the alarm stays as it is. `used` are the places of the data points that counted, the
    newest first; `filled` says how many missing ones had to be made up for."""

    state: str | None
    used: tuple[int, ...]
    filled: int


def judge(points: Sequence[float | None], rule: Rule) -> Verdict:
    """The verdict on data points from the oldest to the newest, None where one is missing."""
    real = [place for place in range(len(points) - 1, -1, -1) if points[place] is not None]
    used = tuple(real[: rule.periods])
    filled = rule.periods - len(used)
    breaching = [place for place in used if rule.breaches(points[place])]  # type: ignore[arg-type]
    return Verdict(_state(points, rule, used, breaching, filled), used, filled)


def _state(
    points: Sequence[float | None], rule: Rule, used: Sequence[int], breaching: Sequence[int], filled: int
) -> str | None:
    made_up = filled if rule.missing == "breaching" else 0
    if len(breaching) + made_up >= rule.needed:
        return "ALARM"
    if not filled or rule.missing in ("breaching", "notBreaching") or len(breaching) < len(used):
        return "OK"
    if rule.missing == "ignore":
        return None
    # Nothing but breaching and missing data: an alarm once the oldest of it is as old as DatapointsToAlarm.
    old_enough = bool(breaching) and len(points) - breaching[-1] >= rule.needed
    return "ALARM" if old_enough else "INSUFFICIENT_DATA"
