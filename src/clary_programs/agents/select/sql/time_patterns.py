"""Patterns of TO_STRING and TO_TIMESTAMP.

Source: "Date functions" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-date.html).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import datetime
from itertools import groupby, pairwise

from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.timestamps import DAY, MINUTE, MONTH, SECOND, YEAR, Timestamp, zone

_MONTHS = list(calendar.month_name)
_SHORT = list(calendar.month_abbr)


def _hour_of_12(moment: Timestamp) -> int:
    return moment.local.hour % 12 or 12


def _nanoseconds(moment: Timestamp) -> str:
    return (moment.fraction + "0" * 9)[:9]


def _iso(between: str, z: bool) -> Callable[[Timestamp], str]:
    return lambda moment: "Z" if z and not moment.offset else zone(moment.offset or 0, between)


def _iso_hours(z: bool) -> Callable[[Timestamp], str]:
    def written(moment: Timestamp) -> str:
        offset = moment.offset or 0
        if z and not offset:
            return "Z"
        return zone(offset, "")[: 3 if offset % 60 == 0 else 5]

    return written


_WRITERS: dict[str, Callable[[Timestamp], object]] = {
    "yy": lambda t: f"{t.local.year % 100:02}",
    "y": lambda t: t.local.year,
    "yyyy": lambda t: f"{t.local.year:04}",
    "M": lambda t: t.local.month,
    "MM": lambda t: f"{t.local.month:02}",
    "MMM": lambda t: _SHORT[t.local.month],
    "MMMM": lambda t: _MONTHS[t.local.month],
    "MMMMM": lambda t: _MONTHS[t.local.month][0],
    "d": lambda t: t.local.day,
    "dd": lambda t: f"{t.local.day:02}",
    "a": lambda t: "AM" if t.local.hour < 12 else "PM",
    "h": _hour_of_12,
    "hh": lambda t: f"{_hour_of_12(t):02}",
    "H": lambda t: t.local.hour,
    "HH": lambda t: f"{t.local.hour:02}",
    "m": lambda t: t.local.minute,
    "mm": lambda t: f"{t.local.minute:02}",
    "s": lambda t: t.local.second,
    "ss": lambda t: f"{t.local.second:02}",
    "n": lambda t: int(_nanoseconds(t)),
    "X": _iso_hours(True),
    "XX": _iso("", True),
    "XXX": _iso(":", True),
    "XXXX": _iso("", True),
    "XXXXX": _iso(":", True),
    "x": _iso_hours(False),
    "xx": _iso("", False),
    "xxx": _iso(":", False),
    "xxxx": _iso("", False),
    "xxxxx": _iso(":", False),
}


def tokens(pattern: str) -> list[tuple[str, bool]]:
    """Return the parts of a pattern: runs of a letter, and texts (with False). Raise Failure."""
    if pattern.count("'") % 2:
        raise Failure("EvaluatorUnterminatedTimestampFormatPatternToken")
    found: list[tuple[str, bool]] = []
    for number, part in enumerate(pattern.split("'")):
        if number % 2:
            found.append((part or "'", False))
        else:
            found.extend(_runs(part))
    return found


def _runs(part: str) -> list[tuple[str, bool]]:
    runs = ["".join(run) for _, run in groupby(part)]
    for run in runs:
        if run[0].isalpha() and run not in _WRITERS and set(run) != {"S"}:
            raise Failure("EvaluatorInvalidTimestampFormatPatternSymbol", f"({run})")
    return [(run, run[0].isalpha()) for run in runs]


def written(moment: Timestamp, pattern: str) -> str:
    """Return a moment as the pattern says."""
    return "".join(_write(moment, part) if symbol else part for part, symbol in tokens(pattern))


def _write(moment: Timestamp, part: str) -> str:
    if part[0] == "S":
        return _nanoseconds(moment).ljust(len(part), "0")[: len(part)]
    return str(_WRITERS[part](moment))


_DIGITS = {"y": "(?P<y>[0-9]{1,4})", "yyyy": "(?P<y>[0-9]{4})", "yy": "(?P<yy>[0-9]{2})"}
_READERS = {
    **_DIGITS,
    **{name: f"(?P<{name[0]}>[0-9]{{1,2}})" for name in ("M", "d", "h", "H", "m", "s")},
    **{name: f"(?P<{name[0]}>[0-9]{{2}})" for name in ("MM", "dd", "hh", "HH", "mm", "ss")},
    "MMM": "(?P<MMM>[A-Za-z]{3})",
    "MMMM": "(?P<MMMM>[A-Za-z]+)",
    "a": "(?P<a>[AaPp][Mm])",
    **dict.fromkeys(("X", "XX", "XXX", "XXXX", "XXXXX"), "(?P<X>Z|[+-][0-9]{2}(?::?[0-9]{2})?)"),
    **dict.fromkeys(("x", "xx", "xxx", "xxxx", "xxxxx"), "(?P<X>[+-][0-9]{2}(?::?[0-9]{2})?)"),
}


def read(text: str, pattern: str) -> Timestamp:
    """Return the moment that a text is by a pattern. Raise Failure."""
    if len(text) > 200 or len(pattern) > 200:
        raise Failure("ValueParseFailure")
    expression = "".join(_reader(part) if symbol else re.escape(part) for part, symbol in tokens(pattern))
    try:
        match = re.fullmatch(expression, text)
    except re.error:  # a field that is there twice
        raise Failure("EvaluatorInvalidTimestampFormatPattern", f"({pattern})") from None
    if match is None:
        raise Failure("ValueParseFailure", f"({text})")
    return _moment({name: value for name, value in match.groupdict().items() if value is not None}, pattern)


def _reader(part: str) -> str:
    if part[0] == "S":
        return f"(?P<S>[0-9]{{{len(part)}}})"
    if part not in _READERS:
        raise Failure("EvaluatorInvalidTimestampFormatPatternSymbol", f"({part})")
    return _READERS[part]


def _moment(given: dict[str, str], pattern: str) -> Timestamp:
    year = int(given["y"]) if "y" in given else _of_two_digits(given.get("yy"))
    month = _month(given)
    order = [year, month, given.get("d"), given.get("H") or given.get("h"), given.get("s")]
    if year is None or any(late is not None and early is None for early, late in pairwise(order)):
        raise Failure("EvaluatorInvalidTimestampFormatPattern", f"({pattern})")
    try:
        local = datetime(
            year,
            month or 1,
            int(given.get("d", 1)),
            _hour(given),
            int(given.get("m", 0)),
            int(given.get("s", 0)),
        )
    except ValueError:
        raise Failure("ValueParseFailure") from None
    return Timestamp(local, _precision(given, month), _offset(given.get("X")), given.get("S", ""))


def _of_two_digits(text: str | None) -> int | None:
    """Return the year of two digits, between 1970 and 2069, as the reference implementation of the dialect does."""
    return None if text is None else int(text) + (1900 if int(text) >= 70 else 2000)


def _month(given: dict[str, str]) -> int | None:
    for name, months in (("MMM", _SHORT), ("MMMM", _MONTHS)):
        if name in given:
            word = given[name].capitalize()
            if word not in months:
                raise Failure("ValueParseFailure")
            return months.index(word)
    return int(given["M"]) if "M" in given else None


def _hour(given: dict[str, str]) -> int:
    if "h" not in given:
        return int(given.get("H", 0))
    if not 1 <= int(given["h"]) <= 12:
        raise Failure("ValueParseFailure")
    return int(given["h"]) % 12 + (12 if given.get("a", "AM").upper() == "PM" else 0)


def _precision(given: dict[str, str], month: int | None) -> int:
    if "s" in given or "S" in given:
        return SECOND
    if given.keys() & {"H", "h", "m"}:
        return MINUTE
    return DAY if "d" in given else MONTH if month is not None else YEAR


def _offset(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "Z":
        return 0
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return -minutes if text[0] == "-" else minutes
