"""AWS's cron expressions: six fields, `minutes hours day-of-month month day-of-week year`
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html). Knows no time zone and no clock."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

_MONTHS = {
    name: n
    for n, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_WEEKDAYS = {name: n for n, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
_WEEK = 7
_DAY_RULE = re.compile(r"L|LW|(\d{1,2})W")
_WEEKDAY_RULE = re.compile(r"(\w+)(?:(L)|#([1-5]))")


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression as the values of its fields. Days are kept as they were written, since they differ from month to
    month; one of the two is `?`."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    day: str
    months: tuple[int, ...]
    weekday: str
    years: tuple[int, ...]

    @staticmethod
    def of(fields: str) -> Cron:
        """Return the expression with these fields; raise ValueError for what AWS does not accept."""
        parts = fields.split()
        if len(parts) != 6:
            raise ValueError(f"a cron expression has 6 fields, not {len(parts)}")
        minutes, hours, day, months, weekday, years = (part.upper() for part in parts)
        if (day == "?") == (weekday == "?"):
            raise ValueError("exactly one of day-of-month and day-of-week must be ?")
        found = Cron(
            _values(minutes, 0, 59),
            _values(hours, 0, 23),
            day,
            _values(months, 1, 12, _MONTHS),
            weekday,
            _values(years, 1970, 2199),
        )
        found.days(2000, 1)  # raises for days that cannot be read
        return found

    def moments(self, after: date) -> Iterator[datetime]:
        """Yield the moments from the beginning of a day on, without a time zone, in order."""
        for day in self._dates(after):
            for hour in self.hours:
                for minute in self.minutes:
                    yield datetime.combine(day, time(hour, minute))

    def _dates(self, first: date) -> Iterator[date]:
        for year in self.years:
            for month in self.months if year >= first.year else ():
                if (year, month) >= (first.year, first.month):
                    days = (date(year, month, day) for day in self.days(year, month))
                    yield from (day for day in days if day >= first)

    def days(self, year: int, month: int) -> list[int]:
        """Return the days of a month."""
        last = monthrange(year, month)[1]
        if self.weekday == "?":
            return _days_of_month(self.day, year, month, last)
        return _days_of_week(self.weekday, year, month, last)


def _days_of_month(field: str, year: int, month: int, last: int) -> list[int]:
    rule = _DAY_RULE.fullmatch(field)
    if rule is None:
        return [day for day in _values(field, 1, 31) if day <= last]
    if field == "L":
        return [last]
    near = _number(rule[1], 1, 31) if rule[1] else last
    return [_nearest_working_day(near, year, month, last)] if near <= last else []


def _nearest_working_day(day: int, year: int, month: int, last: int) -> int:
    """Return the day from Monday to Friday that is closest to a day, within its month."""
    weekday = date(year, month, day).isoweekday()
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 7:
        return day + 1 if day < last else day - 2
    return day


def _days_of_week(field: str, year: int, month: int, last: int) -> list[int]:
    rule = _WEEKDAY_RULE.fullmatch(field)
    wanted = _values(rule[1] if rule else field.replace("L", str(_WEEK)), 1, _WEEK, _WEEKDAYS)
    days = [day for day in range(1, last + 1) if date(year, month, day).isoweekday() % _WEEK + 1 in wanted]
    if rule is None:
        return days
    return days[-1:] if rule[2] else days[int(rule[3]) - 1 : int(rule[3])]


def _values(field: str, low: int, high: int, names: dict[str, int] | None = None) -> tuple[int, ...]:
    """Return the values of a field such as `1,5-7,*/10`, sorted; raise ValueError for one outside of its limits."""
    return tuple(
        sorted({value for part in field.split(",") for value in _part(part, low, high, names or {})})
    )


def _part(part: str, low: int, high: int, names: dict[str, int]) -> range:
    place, slash, step = part.partition("/")
    first, dash, last = place.partition("-")
    by = _number(step, 1, high) if slash else 1
    if first == "*" and not dash:
        return range(low, high + 1, by)
    begin = _number(first, low, high, names)
    if dash:
        return range(begin, _number(last, begin, high, names) + 1, by)
    return range(begin, (high if slash else begin) + 1, by)


def _number(text: str, low: int, high: int, names: dict[str, int] | None = None) -> int:
    value = (names or {}).get(text) or (int(text) if text.isascii() and text.isdigit() else -1)
    if not low <= value <= high:
        raise ValueError(f"{text or 'nothing'} is not a value from {low} to {high}")
    return value
