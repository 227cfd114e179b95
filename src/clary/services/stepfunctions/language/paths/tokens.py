"""A text that is read from left to right."""

from __future__ import annotations

import re

from clary.services.stepfunctions.language.errors import Invalid

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_INTEGER = re.compile(r"-?\d+")
_SPACES = re.compile(r"\s*")


class Reader:
    """The rest of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def done(self) -> bool:
        return self.at >= len(self.text)

    def peek(self, word: str) -> bool:
        return self.text.startswith(word, self.at)

    def take(self, word: str) -> bool:
        """Step over a word if it is next."""
        if not self.peek(word):
            return False
        self.at += len(word)
        return True

    def need(self, word: str) -> None:
        """Step over a word. Raise Invalid unless it is next."""
        if not self.take(word):
            raise Invalid(f"expected {word!r} at position {self.at} of {self.text!r}")

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Step over what a pattern of this module's matches here, and return it."""
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def spaces(self) -> None:
        self.match(_SPACES)

    def integer(self) -> int | None:
        found = self.match(_INTEGER)
        return None if found is None or len(found) > 19 else int(found)

    def number(self) -> int | float | None:
        found = self.match(_NUMBER)
        if found is None:
            return None
        return float(found) if set(found) & set(".eE") else int(found[:400])

    def quoted(self, quote: str) -> str:
        """Return the text up to the closing quote; a backslash takes the next letter as it is."""
        parts: list[str] = []
        while not self.done:
            letter = self.text[self.at]
            self.at += 1
            if letter == quote:
                return "".join(parts)
            if letter == "\\" and not self.done:
                letter = self.text[self.at]
                self.at += 1
            parts.append(letter)
        raise Invalid(f"a quote is not closed in {self.text!r}")
