"""An expression as tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from clary_programs.agents.select.sql.failures import Failure

WORD, NAME, TEXT, NUMBER, ION, SYMBOL, END = "word", "name", "text", "number", "ion", "symbol", "end"

_TOKEN = re.compile(
    r"""
    (?P<space>\s)
  | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
  | (?P<name>"(?:[^"]|"")*")
  | (?P<text>'(?:[^']|'')*')
  | (?P<ion>`[^`]*`)
  | (?P<symbol><=|>=|<>|!=|\|\||[-+*/%=<>().,\[\]])
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """`value` is a word in capitals, a name or text without its quotes, or a number; `given` is what was written."""

    kind: str
    value: Any
    given: str
    at: int


def tokens(expression: str) -> list[Token]:
    """Return the tokens of an expression, the last of which is END. Raise Failure."""
    return [*_tokens(expression.rstrip(" \t\r\n;")), Token(END, "", "", len(expression))]


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        if text.startswith("--", at):
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            code = "LexerInvalidLiteral" if text[at] in "\"'`" else "LexerInvalidChar"
            raise Failure(code, f"({text[at]} at character {at + 1})")
        if match.lastgroup != "space":
            yield _token(str(match.lastgroup), match[0], at)
        at = match.end()


def _token(kind: str, given: str, at: int) -> Token:
    if kind == WORD:
        return Token(kind, given.upper(), given, at)
    if kind == NUMBER:
        return Token(kind, number(given), given, at)
    if kind in (NAME, TEXT, ION):
        quote = given[0]
        return Token(kind, given[1:-1].replace(quote * 2, quote), given, at)
    return Token(kind, "<>" if given == "!=" else given, given, at)


def number(text: str) -> int | Decimal:
    """Return an INT where only digits are written, else a DECIMAL. Raise IntegerOverflow, LexerInvalidLiteral."""
    if not text.lstrip("-").isdigit():
        return _decimal(text)
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise Failure("IntegerOverflow")
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent that no machine can count
        raise Failure("LexerInvalidLiteral", f"({text[:100]})") from None
