"""Patterns of tags, in which `*` stands for any number of characters. Matching takes linear time."""

from __future__ import annotations

from clary.plane import globs


def matches(pattern: str, text: str) -> bool:
    """Return whether the whole text matches."""
    return globs.matches(pattern.split("*"), text)
