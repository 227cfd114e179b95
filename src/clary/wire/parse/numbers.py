"""Numbers that travel as text, and how large each kind may be. Python reads more (`1_0`, `٣`, `inf`) than AWS does."""

from __future__ import annotations

import re

BOUNDS = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_FLOAT = re.compile(r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|Infinity)|NaN")


def integer(text: str) -> int:
    """Return a whole number of 32 bits. Raise ValueError."""
    return _bounded(text, "integer")


def long(text: str) -> int:
    """Return a whole number of 64 bits. Raise ValueError."""
    return _bounded(text, "long")


def floating(text: str) -> float:
    """Return a number, or one of `NaN`, `Infinity` and `-Infinity`. Raise ValueError."""
    if not _FLOAT.fullmatch(text.strip()):
        raise ValueError(text)
    return float(text)


def _bounded(text: str, kind: str) -> int:
    if not _INTEGER.fullmatch(text.strip()):
        raise ValueError(text)
    low, high = BOUNDS[kind]
    value = int(text)
    if not low <= value <= high:
        raise ValueError(text)
    return value
