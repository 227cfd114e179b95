"""When something is to happen: AWS's schedule expressions `cron(…)`, `rate(…)` and `at(…)`
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).

Moments are epoch seconds of business time. A service refuses the forms that it does not take, in its own sentence. Knows no
record and no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from clary.workloads.cron import Cron

_EXPRESSION = re.compile(r"(cron|rate|at)\((.*)\)")
_RATE = re.compile(r"([1-9]\d{0,8}) (minute|hour|day)(s?)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True, slots=True)
class At:
    """Once."""

    moment: float

    def next(self, after: float, start: float) -> float | None:
        """Return the moment, or None where it has passed."""
        return self.moment if self.moment > after else None


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many seconds, from the start of the schedule on."""

    seconds: int

    def next(self, after: float, start: float) -> float | None:
        """Return the first moment after a time. The start itself is one."""
        return start if after < start else start + self.seconds * ((after - start) // self.seconds + 1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """At the times of a cron expression, by the clocks of a time zone. A time that clocks leave out when they are put
    forward is left out; one that they show twice when they are put back is the first of the two."""

    cron: Cron
    zone: tzinfo = UTC

    def next(self, after: float, start: float) -> float | None:
        """Return the first moment after a time and not before the start, or None where there is none any more."""
        # The day before: a moment that clocks show twice is earlier than its place in the calendar.
        first = datetime.fromtimestamp(max(after, start), self.zone).date() - timedelta(days=1)
        for shown in self.cron.moments(first):
            moment = shown.replace(tzinfo=self.zone).timestamp()
            exists = datetime.fromtimestamp(moment, self.zone).replace(tzinfo=None, fold=0) == shown
            if exists and moment > after and moment >= start:
                return moment
        return None


Schedule = At | Rate | Calendar


def parse(expression: str, zone: tzinfo = UTC) -> Schedule:
    """Return the schedule of an expression; raise ValueError for what AWS does not accept."""
    match = _EXPRESSION.fullmatch(expression)
    if match is None:
        raise ValueError("a schedule expression is cron(fields), rate(value unit) or at(yyyy-mm-ddThh:mm:ss)")
    return _FORMS[match[1]](match[2], zone)


def _calendar(fields: str, zone: tzinfo) -> Schedule:
    return Calendar(Cron.of(fields), zone)


def _rate(text: str, zone: tzinfo) -> Schedule:
    match = _RATE.fullmatch(text)
    if match is None or (match[1] == "1") == bool(match[3]):
        raise ValueError("a rate is a positive number and minute, hour or day, with an s for more than one")
    return Rate(int(match[1]) * _SECONDS[match[2]])


def _at(text: str, zone: tzinfo) -> Schedule:
    return At(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=zone).timestamp())


_FORMS: dict[str, Callable[[str, tzinfo], Schedule]] = {"cron": _calendar, "rate": _rate, "at": _at}
