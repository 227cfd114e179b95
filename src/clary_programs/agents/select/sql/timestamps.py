"""Timestamps of Ion: a moment with a precision and an offset from UTC.

Source: "Data types" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-data-types.html): "time stamps follow
the W3C note on date and time formats, but they must end with the literal T if not at least whole-day precision".
"""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta
from functools import total_ordering
from typing import Any

YEAR, MONTH, DAY, MINUTE, SECOND = range(1, 6)
PRECISIONS = {"YEAR": YEAR, "MONTH": MONTH, "DAY": DAY, "HOUR": MINUTE, "MINUTE": MINUTE, "SECOND": SECOND}
_TEXT = re.compile(
    r"(\d{4})(?:T|-(\d\d)(?:T|-(\d\d)(?:T|T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d))?))",
    re.ASCII,
)


@total_ordering
class Timestamp:
    """`local` is the local time in whole seconds, `fraction` the digits behind the point, `offset` in minutes or None where
    it is not known."""

    __slots__ = ("fraction", "local", "offset", "precision")

    def __init__(
        self, local: datetime, precision: int, offset: int | None = None, fraction: str = ""
    ) -> None:
        self.local = local
        self.precision = precision
        self.offset = offset
        self.fraction = fraction

    @property
    def instant(self) -> tuple[int, str]:
        """What tells the order of moments: seconds, and the digits behind the point."""
        seconds = calendar.timegm(self.local.timetuple()) - (self.offset or 0) * 60
        return seconds, self.fraction.rstrip("0")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timestamp) and self.instant == other.instant

    def __lt__(self, other: Timestamp) -> bool:
        return self.instant < other.instant

    def __hash__(self) -> int:
        return hash(self.instant)

    def __str__(self) -> str:
        local = self.local
        if self.precision <= MONTH:
            return f"{local.year:04}T" if self.precision == YEAR else f"{local.year:04}-{local.month:02}T"
        day = f"{local.year:04}-{local.month:02}-{local.day:02}"
        if self.precision == DAY:
            return day + "T"
        second = f":{local.second:02}" if self.precision == SECOND else ""
        point = f".{self.fraction}" if self.fraction else ""
        return f"{day}T{local.hour:02}:{local.minute:02}{second}{point}{self._zone()}"

    def _zone(self) -> str:
        if self.offset is None:
            return "-00:00"
        return "Z" if self.offset == 0 else zone(self.offset, ":")


def of(moment: float) -> Timestamp:
    """Return a moment in epoch seconds as a timestamp in UTC, with milliseconds."""
    milliseconds = int(moment * 1000)
    local = datetime(1970, 1, 1) + timedelta(seconds=milliseconds // 1000)
    return Timestamp(local, SECOND, 0, f"{milliseconds % 1000:03}")


def zone(offset: int, between: str) -> str:
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}{between}{minutes:02}"


def parse(text: str) -> Timestamp | None:
    """Return the timestamp that a text is, or None."""
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    given = [year, month, day, hour and minute, second]
    precision = next((n for n, part in enumerate(given) if part is None), SECOND)
    numbers = (int(part) for part in (year, month or 1, day or 1, hour or 0, minute or 0, second or 0))
    try:
        local = datetime(*numbers)  # type: ignore[arg-type]
    except ValueError:
        return None
    return Timestamp(local, precision, _offset(offset), fraction or "")


def _offset(text: str | None) -> int | None:
    if text is None or text == "-00:00":
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def added(moment: Timestamp, part: str, quantity: int) -> Timestamp:
    """Return a moment some years … seconds later, as precise as the part if that is more. Raise OverflowError, ValueError."""
    precision = max(moment.precision, PRECISIONS[part])
    if part in ("YEAR", "MONTH"):
        local = _months_later(moment.local, quantity * (12 if part == "YEAR" else 1))
    else:
        local = moment.local + timedelta(**{part.lower() + "s": quantity})
    return Timestamp(local, precision, moment.offset, moment.fraction)


def _months_later(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(year)
    last = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last))


def difference(part: str, start: Timestamp, end: Timestamp) -> int:
    """Return the whole years … seconds between two moments, less than 0 where the end is earlier."""
    if end < start:
        return -difference(part, end, start)
    if part in ("YEAR", "MONTH"):
        return _months_between(start, end) // (12 if part == "YEAR" else 1)
    seconds = end.instant[0] - start.instant[0] - (end.instant[1] < start.instant[1])
    return seconds // {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}[part]


def _months_between(start: Timestamp, end: Timestamp) -> int:
    first, last = (_utc(moment) for moment in (start, end))
    months = (last.year - first.year) * 12 + last.month - first.month
    rest = (last.day, last.time(), end.fraction.rstrip("0")) < (
        first.day,
        first.time(),
        start.fraction.rstrip("0"),
    )
    return months - rest


def _utc(moment: Timestamp) -> datetime:
    return moment.local - timedelta(minutes=moment.offset or 0)


def extracted(part: str, moment: Timestamp) -> Any:
    """Return a part of a moment, the offset's hour or minute among them."""
    if part == "TIMEZONE_HOUR":
        return int((moment.offset or 0) / 60)
    if part == "TIMEZONE_MINUTE":
        offset = moment.offset or 0
        return offset - int(offset / 60) * 60
    return getattr(moment.local, part.lower())
