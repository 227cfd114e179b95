"""Which retrier or catcher handles an error, and how long a retry waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clary.services.stepfunctions.language.errors import DATA_LIMIT, RUNTIME, TASK_FAILED, TIMEOUT

_ALL = "States.ALL"
_INTERVAL, _RATE, _ATTEMPTS = 1, 2.0, 3
_LONGEST = 31_622_400.0  # seconds: "MaxDelaySeconds … less than 31622400"


def handler(error: str | None, handlers: Sequence[Mapping[str, Any]], is_task: bool) -> int | None:
    """Return the number of the first retrier or catcher that names an error, or None."""
    for number, one in enumerate(handlers):
        if any(_names(name, error, is_task) for name in one["ErrorEquals"]):
            return number
    return None


def _names(name: str, error: str | None, is_task: bool) -> bool:
    if name == _ALL:
        return error != RUNTIME
    if name == TASK_FAILED:
        return error == TASK_FAILED or (is_task and error not in (TIMEOUT, RUNTIME, DATA_LIMIT))
    if name == TIMEOUT and error == "States.HeartbeatTimeout":
        return True
    return name == error


def most_attempts(retrier: Mapping[str, Any]) -> int:
    """Return how often a retrier tries again."""
    return int(retrier.get("MaxAttempts", _ATTEMPTS))


def delay(retrier: Mapping[str, Any], used: int, random: float) -> float:
    """Return how many seconds the retry after `used` others waits; `random` is from 0 to 1, for the jitter."""
    interval, rate = (
        float(retrier.get("IntervalSeconds", _INTERVAL)),
        float(retrier.get("BackoffRate", _RATE)),
    )
    most = float(retrier.get("MaxDelaySeconds", _LONGEST))
    try:
        seconds = min(most, interval * rate**used)
    except OverflowError:
        seconds = most
    return seconds * random if retrier.get("JitterStrategy") == "FULL" else seconds
