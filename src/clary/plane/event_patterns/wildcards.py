"""Wildcards in patterns: `*` is any text, `\\*` and `\\\\` are the characters."""

from __future__ import annotations

from collections.abc import Callable

from clary.plane import globs
from clary.plane.event_patterns.reading import Node, Reader


def read(reader: Reader, text: str, node: Node) -> Callable[[str], bool]:
    """Return the test of a text with wildcards. Raise BadPattern."""
    parts = _parts(reader, text, node)
    return lambda found: globs.matches(parts, found)


def _parts(reader: Reader, text: str, node: Node) -> list[str]:
    """Return the texts between wildcards."""
    parts, at = [""], 0
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            if text[at + 1 : at + 2] not in ("*", "\\"):
                reader.fail(f"Invalid escape character at pos {at}", node.end)
            parts[-1] += text[at + 1]
            at += 2
            continue
        if sign == "*":
            if at and text[at - 1] == "*" and not parts[-1] and len(parts) > 1:
                reader.fail(f"Consecutive wildcard characters at pos {at - 1}", node.end)
            parts.append("")
        else:
            parts[-1] += sign
        at += 1
    return parts
