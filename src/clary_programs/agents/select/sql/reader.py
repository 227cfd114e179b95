"""A place in a list of tokens."""

from __future__ import annotations

from clary_programs.agents.select.sql import lexer
from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.lexer import Token

_DEEPEST = 100
# Words that are no column and no alias unless they are quoted: those that this grammar itself reads. "Reserved keywords" of
# the SQL reference has more, which AWS lets through in most places (`s.name`, `s.time`).
RESERVED = frozenset(
    [
        "AND",
        "AS",
        "BETWEEN",
        "CASE",
        "CAST",
        "DISTINCT",
        "ELSE",
        "END",
        "ESCAPE",
        "FALSE",
        "FROM",
        "GROUP",
        "HAVING",
        "IN",
        "IS",
        "JOIN",
        "LIKE",
        "LIMIT",
        "MISSING",
        "NOT",
        "NULL",
        "ON",
        "OR",
        "ORDER",
        "SELECT",
        "THEN",
        "TRUE",
        "UNION",
        "WHEN",
        "WHERE",
    ]
)


class Reader:
    """Reads one token after the other."""

    def __init__(self, expression: str) -> None:
        self._tokens = lexer.tokens(expression)
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    def after(self, distance: int = 1) -> Token:
        return self._tokens[min(self._at + distance, len(self._tokens) - 1)]

    def take(self) -> Token:
        token = self.next
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def is_word(self, *words: str) -> bool:
        return self.next.kind == lexer.WORD and self.next.value in words

    def is_symbol(self, *symbols: str) -> bool:
        return self.next.kind == lexer.SYMBOL and self.next.value in symbols

    def takes_word(self, *words: str) -> str:
        """Return the word that comes next and go on, if it is one of these; else return ''."""
        return str(self.take().value) if self.is_word(*words) else ""

    def takes_symbol(self, *symbols: str) -> str:
        return str(self.take().value) if self.is_symbol(*symbols) else ""

    def want_word(self, word: str, code: str = "ParseExpectedKeyword") -> None:
        if not self.takes_word(word):
            raise self.failure(code, f"Expected {word}")

    def want_symbol(self, symbol: str, code: str = "ParseExpectedTokenType") -> None:
        if not self.takes_symbol(symbol):
            raise self.failure(code, f"Expected {symbol}")

    def is_name(self) -> bool:
        token = self.next
        return token.kind == lexer.NAME or (token.kind == lexer.WORD and token.value not in RESERVED)

    def failure(self, code: str, said: str = "Unexpected") -> Failure:
        token = self.next
        what = "the end" if token.kind == lexer.END else token.given
        return Failure(code, f"{said}, found {what} at character {token.at + 1}")

    def deeper(self) -> None:
        """Count one level of nesting. Raise where there are more than a query has any use for."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Failure("UnsupportedSqlStructure", "The expression is nested too deeply.")

    def back(self) -> None:
        self._depth -= 1
