"""Patterns in which `*` stands for any text, already split at their stars."""

from __future__ import annotations

from collections.abc import Sequence


def matches(parts: Sequence[str], text: str) -> bool:
    """Return whether the whole text is these parts, in order, with any text between two of them.

    Its ends are compared first, then each part is taken at its first place from left to right: that finds a match if there is
    one, in time that is linear in the text for each part.
    """
    first, *rest = parts
    if not rest:
        return text == first
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
