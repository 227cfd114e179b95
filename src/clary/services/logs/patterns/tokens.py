"""Tokens of structured patterns, and conditions joined by `&&`, `||` and parentheses.

Does not know what a condition is: the caller parses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clary.kernel import AwsError

Accepts = Callable[[str], bool]
Condition = Callable[[Any], bool]

_DEEPEST = 50
MOST_EXPRESSIONS = 2
"""The `%regular expressions%` that one pattern may have: AWS's quota ("Supported regular expressions")."""

# Tried in this order. `$` begins a selector into a JSON document.
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<ellipsis>\.\.\.)
      | (?P<mark>&&|\|\||!=|<=|>=|[=<>(){}\[\],])
      | (?P<selector>\$(?:\['[^']*'\]|\["[^"]*"\]|\[[^\]\s]*\]|\.(?:\*|[^\s.()=<>!&|\[\],]+)|\.(?=\[))*)
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | %(?P<expression>[^%]*)%
      | (?P<word>[^\s()=<>!&|,\[\]{}"%]+)
    )""",
    re.VERBOSE,
)


def invalid() -> AwsError:
    return AwsError("InvalidParameterException", "Invalid filter pattern")


@dataclass(frozen=True, slots=True)
class Token:
    """A token. `kind` is the name of the group above that matched."""

    kind: str
    text: str


class Tokens:
    """The tokens of a pattern, from left to right."""

    def __init__(self, text: str) -> None:
        self._left = _split(text)[::-1]
        if sum(token.kind == "expression" for token in self._left) > MOST_EXPRESSIONS:
            raise invalid()
        self.depth = 0

    def peek(self) -> Token:
        return self._left[-1] if self._left else Token("end", "")

    def take(self) -> Token:
        if not self._left:
            raise invalid()
        return self._left.pop()

    def skip(self, mark: str) -> bool:
        """Consume a mark if it is the next token; return whether it was."""
        if self.peek() != Token("mark", mark):
            return False
        self._left.pop()
        return True

    def skip_word(self, word: str) -> bool:
        """Consume a keyword, in any case, if it is the next token; return whether it was."""
        token = self.peek()
        if token.kind != "word" or token.text.upper() != word:
            return False
        self._left.pop()
        return True

    def require(self, mark: str) -> None:
        if not self.skip(mark):
            raise invalid()

    def require_end(self) -> None:
        if self._left:
            raise invalid()


def _split(text: str) -> list[Token]:
    found: list[Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise invalid()
        found.append(Token(match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


def parse_conditions(tokens: Tokens, condition: Callable[[Tokens], Condition]) -> Condition:
    """Parse conditions: `||` between groups of `&&`."""
    choices = [_all(tokens, condition)]
    while tokens.skip("||"):
        choices.append(_all(tokens, condition))
    return choices[0] if len(choices) == 1 else lambda value: any(choice(value) for choice in choices)


def _all(tokens: Tokens, condition: Callable[[Tokens], Condition]) -> Condition:
    parts = [_one(tokens, condition)]
    while tokens.skip("&&"):
        parts.append(_one(tokens, condition))
    return parts[0] if len(parts) == 1 else lambda value: all(part(value) for part in parts)


def _one(tokens: Tokens, condition: Callable[[Tokens], Condition]) -> Condition:
    if not tokens.skip("("):
        return condition(tokens)
    tokens.depth += 1
    if tokens.depth > _DEEPEST:
        raise invalid()
    inner = parse_conditions(tokens, condition)
    tokens.depth -= 1
    tokens.require(")")
    return inner
