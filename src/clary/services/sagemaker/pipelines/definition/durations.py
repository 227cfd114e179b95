"""Durations as ISO 8601 writes them: P30D, PT1H, P4DT12H."""

from __future__ import annotations

import re

_DAY = 86_400
_SECONDS = {"Y": 365 * _DAY, "M": 30 * _DAY, "W": 7 * _DAY, "D": _DAY}
_SECONDS_OF_DAY = {"H": 3600, "M": 60, "S": 1}
_PART = r"(\d{1,9}(?:[.,]\d{1,9})?)"
_DURATION = re.compile(
    rf"P?(?:{_PART}Y)?(?:{_PART}M)?(?:{_PART}W)?(?:{_PART}D)?(?:T(?:{_PART}H)?(?:{_PART}M)?(?:{_PART}S)?)?"
)


def seconds(text: str) -> float:
    """Return the length of a duration; a year has 365 days and a month 30. Small letters and a missing P are allowed, as in
    the SDK's examples (`p30d`, `T12H`). Raise ValueError for any other text."""
    found = _DURATION.fullmatch(text.upper())
    if found is None or not any(found.groups()):
        raise ValueError(text)
    units = (*_SECONDS.values(), *_SECONDS_OF_DAY.values())
    parts = zip(found.groups(), units, strict=True)
    return sum(float(said.replace(",", ".")) * unit for said, unit in parts if said)
