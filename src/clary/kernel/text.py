"""Text that came from elsewhere, for a log or a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text on one line, with the escapes of Python for what is not to be seen: it must not move a terminal's cursor, or
    begin a line of a log."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
