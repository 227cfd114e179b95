"""Patterns of tags, in which `*` stands for any number of characters. Matching takes linear time."""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Return whether the whole text matches: its ends first, then the parts between from left to right."""
    first, *rest = pattern.split("*")
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
