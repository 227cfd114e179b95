"""Moments in AWS's three notations: epoch seconds, ISO 8601 and HTTP dates. Seconds since the epoch, as float."""

from __future__ import annotations

import re
import time
from calendar import timegm
from datetime import UTC, datetime
from functools import lru_cache
from math import floor
from typing import Any

FARTHEST = 2**63 // 1000  # AWS counts milliseconds in 64 bits
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)?")
_FRACTION = re.compile(r"(:\d\d)(\.\d+)")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse(text: str) -> float:
    """Return the moment that a text names in any of the notations. Raise ValueError for other text."""
    if found := _ISO.fullmatch(text):
        return _parse_iso(*found.groups())
    from email.utils import mktime_tz, parsedate_tz  # not before the first HTTP date

    fraction = _FRACTION.search(text)
    fields = parsedate_tz(_FRACTION.sub(r"\1", text) if fraction else text)
    if fields is not None:
        return mktime_tz(fields) + (float(fraction[2]) if fraction else 0.0)
    number = float(text)
    if not abs(number) <= FARTHEST:
        raise ValueError(text)
    return number


def _parse_iso(date: str, clock: str | None, fraction: str | None, zone: str | None) -> float:
    whole = timegm(time.strptime(f"{date}T{clock or '00:00:00'}", "%Y-%m-%dT%H:%M:%S"))
    moment = whole + (float(fraction) if fraction else 0.0)
    if zone and zone not in "Zz":
        offset = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        moment += offset if zone[0] == "-" else -offset
    return float(moment)


def seconds(moment: Any) -> float:
    """Return a moment as handlers give it (float, int, datetime, or text in any notation) in epoch seconds."""
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return parse(moment) if isinstance(moment, str) else moment


def epoch(moment: Any) -> int | float:
    """As AWS's JSON gives it: seconds with at most three digits after the point, whole where they are whole."""
    value = moment if type(moment) is float else seconds(moment)
    whole = int(value)
    return whole if whole == value else floor(value * 1000 + 0.5) / 1000  # `round` takes ten times as long


def iso(moment: Any) -> str:
    """Return `2026-11-21T04:12:01Z`, with milliseconds where there are any (Query services)."""
    value = round(seconds(moment), 3)
    return iso_milliseconds(value) if value != int(value) else _stamp(int(value)) + "Z"


def iso_milliseconds(moment: Any) -> str:
    """Return `2026-11-21T04:12:01.000Z`, always with milliseconds (S3)."""
    thousandths = round(seconds(moment) * 1000)
    return f"{_stamp(thousandths // 1000)}.{thousandths % 1000:03d}Z"


def http_date(moment: Any) -> str:
    """Return `Sat, 21 Nov 2026 04:12:01 GMT`, in English whatever the locale."""
    return _http_date(int(seconds(moment) // 1))


@lru_cache(maxsize=4096)
def _http_date(whole: int) -> str:
    t = time.gmtime(whole)
    clock = f"{t.tm_hour:02d}:{t.tm_min:02d}:{t.tm_sec:02d}"
    return f"{_DAYS[t.tm_wday]}, {t.tm_mday:02d} {_MONTHS[t.tm_mon - 1]} {t.tm_year:04d} {clock} GMT"


@lru_cache(maxsize=4096)
def _stamp(whole: int) -> str:
    t = time.gmtime(whole)
    return f"{t.tm_year:04d}-{t.tm_mon:02d}-{t.tm_mday:02d}T{t.tm_hour:02d}:{t.tm_min:02d}:{t.tm_sec:02d}"


WRITERS = {"unixTimestamp": lambda moment: str(epoch(moment)), "iso8601": iso, "rfc822": http_date}
