"""Codes that change with time (RFC 6238): HMAC-SHA-1, six digits, steps of 30 seconds. Knows no device."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

STEP = 30  # seconds
_DIGITS = 6


def step_of(moment: float) -> int:
    """Return the number of the time step in which a moment lies."""
    return int(moment // STEP)


def code_of(seed: bytes, step: int) -> str:
    """Return the code that a device shows during a time step."""
    digest = hmac.digest(seed, step.to_bytes(8, "big"), hashlib.sha1)
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def find(seed: bytes, code: str, steps: Iterable[int]) -> int | None:
    """Return the first of these steps that has this code, or None."""
    given = code.encode()
    return next((step for step in steps if hmac.compare_digest(code_of(seed, step).encode(), given)), None)


def find_pair(seed: bytes, first: str, second: str, steps: Iterable[int]) -> int | None:
    """Return the step of `second` if two consecutive steps, of which the first is one of `steps`, have the codes."""
    for step in steps:
        if find(seed, first, (step,)) is not None and find(seed, second, (step + 1,)) is not None:
            return step + 1
    return None
