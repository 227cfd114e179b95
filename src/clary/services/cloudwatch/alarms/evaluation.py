"""Derive the state of an alarm from its data points. Pure functions: no store, no clock.

Source: "How alarm state is evaluated when data is missing" and "Avoiding premature transitions to alarm
state" (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

EXTRA_PERIODS = 2
"""How many periods are read beyond those evaluated: 5 for 3, in the guide's example."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of an alarm: `needed` of `periods` data points must breach. `missing` is TreatMissingData."""

    periods: int
    needed: int
    breaches: Callable[[float], bool]
    missing: str = "missing"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an evaluation. `state` is None if the alarm keeps its state.

    `used` are the indexes of the data points that were evaluated, the newest first; `filled` is the number of
    missing data points in their place.
    """

    state: str | None
    used: tuple[int, ...]
    filled: int


def evaluate_alarm(points: Sequence[float | None], rule: Rule) -> Outcome:
    """Evaluate data points, ordered from the oldest to the newest; None stands for a missing one."""
    real = [place for place in range(len(points) - 1, -1, -1) if points[place] is not None]
    used = tuple(real[: rule.periods])
    filled = rule.periods - len(used)
    breaching = [place for place in used if rule.breaches(points[place])]  # type: ignore[arg-type]
    return Outcome(_state(points, rule, used, breaching, filled), used, filled)


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
    # Only breaching and missing data: ALARM once the oldest breach is at least DatapointsToAlarm periods old.
    old_enough = bool(breaching) and len(points) - breaching[-1] >= rule.needed
    return "ALARM" if old_enough else "INSUFFICIENT_DATA"
