"""When a monitoring schedule runs, and which data it looks at
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from clary.kernel.errors import validation
from clary.workloads import schedules

_HOURLY = re.compile(r"cron\(0 \* \? \* \* \*\)")
_DAILY = re.compile(r"cron\(0 (\d{1,2}) \? \* \* \*\)")
_EVERY = re.compile(r"cron\(0 (\d{1,2}|\*)/(\d{1,2}) \? \* \* \*\)")
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")

NOW = "NOW"


def hours_of(expression: str) -> list[int]:
    """Return the hours of the day (UTC) at which a schedule runs; raise ValidationException for what AWS refuses.

    Model Monitor has three forms of cron. In its `H/N` the hours go on beyond midnight (17/6: 17, 23, 5, 11), unlike in
    other services' cron expressions.
    """
    if _HOURLY.fullmatch(expression):
        return list(range(24))
    if match := _DAILY.fullmatch(expression):
        first, step = int(match[1]), 24
    elif match := _EVERY.fullmatch(expression):
        first, step = 0 if match[1] == "*" else int(match[1]), int(match[2])
    else:
        raise validation(
            f"Schedule expression {expression} is not a valid cron expression for a monitoring schedule."
        )
    if first > 23 or not 1 <= step <= 24:
        raise validation(f"Schedule expression {expression} names an hour that no day has.")
    return sorted({hour % 24 for hour in range(first, first + 24, step)})


def next_run(expression: str, after: float) -> float:
    """Return the first full hour after a time (epoch seconds) at which the schedule runs."""
    hours = ",".join(map(str, hours_of(expression)))
    following = schedules.parse(f"cron(0 {hours} * * ? *)").next(after, after)
    assert following is not None  # cron's last year is 2199
    return following


def offset(duration: str | None, default: float) -> float:
    """Return an ISO 8601 duration such as `-PT1H` in seconds, the default for None; raise ValidationException."""
    if duration is None:
        return default
    match = _DURATION.fullmatch(duration)
    if match is None or not any(match.groups()[1:]):
        raise validation(f"{duration} is not an ISO 8601 duration.")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    total = days * 86400 + hours * 3600 + minutes * 60 + seconds
    return -float(total) if match[1] else float(total)


def window(config: dict[str, str], at: float) -> tuple[float, float]:
    """Return start and end of the data that a run at this time analyses: by default the hour before it."""
    start = at + offset(config.get("DataAnalysisStartTime"), -3600.0)
    return start, at + offset(config.get("DataAnalysisEndTime"), 0.0)


def hour_folders(start: float, end: float) -> list[str]:
    """Return the folders of capture files that a window touches: `2024/03/01/09`, UTC."""
    moment = datetime.fromtimestamp(start, UTC).replace(minute=0, second=0, microsecond=0)
    last = datetime.fromtimestamp(end, UTC)
    folders = []
    while moment <= last:
        folders.append(f"{moment:%Y/%m/%d/%H}")
        moment += timedelta(hours=1)
    return folders
