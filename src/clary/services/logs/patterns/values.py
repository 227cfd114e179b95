"""Comparisons with the values of a pattern: numbers, text with wildcards, `%regular expressions%`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from clary.plane.expressions import Linear, Unsupported
from clary.services.logs.patterns.tokens import Condition, Token, Tokens, invalid

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OPERATORS = ("=", "!=", *_ORDER)
# "Supported regular expressions": no parentheses; only these symbols; after a backslash only letters for a
# character class, a boundary or one character
# (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html).
_EXPRESSION = re.compile(
    r"(?:[A-Za-z0-9:_#=@/;,\-^$?\[\]{}|*+.\s]|\\[dDsSwWbBtnrfv]|\\x[0-9A-Fa-f]{2}|\\[^A-Za-z0-9])*", re.ASCII
)


def comparison(tokens: Tokens) -> Condition | None:
    """Parse an operator and a value into a condition; return None if no operator follows."""
    sign = next((sign for sign in OPERATORS if tokens.skip(sign)), None)
    if sign is None:
        return None
    wanted = tokens.take()
    if sign in _ORDER:
        return _ordered(_ORDER[sign], _number(wanted))
    equal = _equal(wanted)
    return equal if sign == "=" else lambda value: not equal(value)


def _number(token: Token) -> float:
    number = number_of(token.text) if token.kind == "word" else None
    if number is None:
        raise invalid()
    return number


def number_of(text: Any) -> float | None:
    """Return the number that a value is, or that its text shows; None for any other value."""
    if isinstance(text, bool) or text is None:
        return None
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _ordered(compare: Callable[[Any, Any], bool], wanted: float) -> Condition:
    def test(value: Any) -> bool:
        number = number_of(value)
        return number is not None and compare(number, wanted)

    return test


def _equal(token: Token) -> Condition:
    if token.kind == "expression":
        wanted = expression(token.text)
        return lambda value: wanted.matches(shown(value))
    if token.kind == "quoted":
        return _like(unquoted(token.text))
    if token.kind != "word":
        raise invalid()
    number, like = number_of(token.text), _like(token.text)
    return lambda value: like(value) or (number is not None and number_of(value) == number)


def _like(text: str) -> Condition:
    """Match text that may have a `*` before or after it, for anything. Elsewhere a `*` is an ordinary
    character."""
    core = text.strip("*")
    before, after = text.startswith("*"), text.endswith("*")
    if not before and not after:
        return lambda value: shown(value) == core
    if before and after:
        return lambda value: core in shown(value)
    if before:
        return lambda value: shown(value).endswith(core)
    return lambda value: shown(value).startswith(core)


def expression(text: str) -> Linear:
    """Compile a regular expression. Raise InvalidParameterException unless AWS accepts its syntax."""
    if _EXPRESSION.fullmatch(text) is None:
        raise invalid()
    try:
        return Linear(text)
    except Unsupported:
        raise invalid() from None


def unquoted(text: str) -> str:
    """Return text without the backslashes that escape characters between quotation marks."""
    return re.sub(r"\\(.)", r"\1", text)


def shown(value: Any) -> str:
    """Return a scalar as JSON shows it, without quotation marks."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
