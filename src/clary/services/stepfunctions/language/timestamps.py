"""Timestamps of the States Language: RFC 3339 with a capital T, and Z or an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")


def seconds_of(text: object) -> float | None:
    """Return a timestamp in seconds since the epoch; None for any other value."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        return None
    head, dot, rest = text.partition(".")
    if dot:
        digits = re.match(r"\d+", rest)
        assert digits
        text = f"{head}.{digits[0][:6]:0<6}{rest[digits.end() :]}"
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def text_of(seconds: float) -> str:
    """Return a moment as the context object shows it: `2019-03-26T20:14:13.192Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
