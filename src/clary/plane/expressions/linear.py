"""Regular expressions in linear time, by RE2.

RE2 does not backtrack: a search takes at most (instructions of the program) x (bytes of the text) steps of
about 7 ns each, usually far fewer. Both factors are limited here, so no pair of expression and text is slow.
"""

from __future__ import annotations

import re

import re2

LONGEST = 1024
"""Characters of an expression."""
_MOST_INSTRUCTIONS = 2_000
_MOST_STEPS = 6_000_000  # about 40 ms in the worst case
_MEMORY = 1 << 20  # bytes for the program and its states; re2 caches the last 128 programs

# What Python and RE2 read differently without an error: `{,n}`, and counts that RE2 takes as plain text.
_READ_OTHERWISE = re.compile(r"\{,|\{\d{5}")

_OPTIONS = re2.Options()
_OPTIONS.max_mem = _MEMORY
_OPTIONS.log_errors = False


class Unsupported(Exception):
    """RE2 does not accept this expression, or not within the limits. The message says why."""


class Linear:
    """A compiled expression. Raises Unsupported if RE2 does not accept it."""

    __slots__ = ("_program", "groups", "reach")

    def __init__(self, expression: str) -> None:
        if len(expression) > LONGEST:
            raise Unsupported(f"longer than {LONGEST} characters")
        if _READ_OTHERWISE.search(expression):
            raise Unsupported("a repetition that RE2 takes for plain text")
        try:
            self._program = re2.compile(expression.encode(), _OPTIONS)
        except (re2.error, UnicodeEncodeError) as error:
            raise Unsupported(_said(error)) from None
        if self._program.programsize > _MOST_INSTRUCTIONS:
            raise Unsupported("its program is too large")
        self.groups: int = self._program.groups
        self.reach: int = _MOST_STEPS // max(1, self._program.programsize)
        """How many bytes of a text are searched."""

    def matches(self, text: str) -> bool:
        """Return whether the expression occurs in the first `reach` bytes of the text."""
        return self._program.search(self._bytes(text)) is not None

    def first_group(self, text: str) -> str | None:
        """Return what the first group matched; None if nothing matches or there is no group."""
        match = self._program.search(self._bytes(text))
        found = match[1] if match is not None and self.groups else None
        return None if found is None else found.decode("utf-8", "replace")

    def _bytes(self, text: str) -> bytes:
        return text[: self.reach].encode("utf-8", "replace")[: self.reach]


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
