"""Patterns with stars."""

from __future__ import annotations

import pytest

from clary.plane.globs import matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("*", "", True),
        ("a*", "a", True),
        ("*a", "ba", True),
        ("a*a", "a", False),  # its ends do not overlap
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("*ab*ab*", "abxab", True),
        ("*ab*ab*", "abab"[:3], False),
    ],
)
def test_matches(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern.split("*"), text) is expected
