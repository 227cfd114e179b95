"""Expressions, read by precedence: OR, AND, NOT, comparisons, sums, products, signs, terms.

Source: "Operators" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-operators.html).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary_programs.agents.select.sql import lexer
from clary_programs.agents.select.sql.calls import Calls
from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.reader import Reader
from clary_programs.agents.select.sql.syntax import (
    Between,
    Call,
    Each,
    In,
    Index,
    Is,
    Key,
    Like,
    Literal,
    Operation,
    Path,
    Step,
)

_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


def expression(reader: Reader) -> Any:
    reader.deeper()
    found = _either(reader)
    reader.back()
    return found


_CALLS = Calls(expression)


def _chain(reader: Reader, operand: Callable[[Reader], Any], taken: Callable[[Reader], str]) -> Any:
    """Read operands between operators of one rank, from the left."""
    found = operand(reader)
    while name := taken(reader):
        found = Operation(name, (found, operand(reader)))
    return found


def _either(reader: Reader) -> Any:
    return _chain(reader, _both, lambda r: r.takes_word("OR"))


def _both(reader: Reader) -> Any:
    return _chain(reader, _negation, lambda r: r.takes_word("AND"))


def _negation(reader: Reader) -> Any:
    if not reader.takes_word("NOT"):
        return _comparison(reader)
    reader.deeper()
    found = Operation("NOT", (_negation(reader),))
    reader.back()
    return found


def _comparison(reader: Reader) -> Any:
    found = _sum(reader)
    while True:
        if name := reader.takes_symbol(*_COMPARISONS):
            found = Operation(name, (found, _sum(reader)))
        elif reader.is_word("IS", "IN", "LIKE", "BETWEEN", "NOT"):
            found = _predicate(reader, found)
        else:
            return found


def _predicate(reader: Reader, operand: Any) -> Any:
    if reader.takes_word("IS"):
        return _is(reader, operand)
    negated = bool(reader.takes_word("NOT"))
    word = reader.takes_word("IN", "LIKE", "BETWEEN")
    if not word:
        raise reader.failure("ParseExpectedKeyword")
    found = _PREDICATES[word](reader, operand)
    return Operation("NOT", (found,)) if negated else found


def _is(reader: Reader, operand: Any) -> Any:
    negated = bool(reader.takes_word("NOT"))
    what = reader.takes_word("NULL", "MISSING")
    if not what:
        raise reader.failure("ParseExpectedKeyword", "Expected NULL or MISSING")
    found = Is(operand, what)
    return Operation("NOT", (found,)) if negated else found


def _in(reader: Reader, operand: Any) -> In:
    if reader.takes_symbol("["):  # users' reports have both forms accepted
        return In(operand, _listed(reader, "]"))
    reader.want_symbol("(")
    if reader.is_word("SELECT"):
        raise Failure("ParseUnsupportedSelect")
    return In(operand, _listed(reader, ")"))


def _listed(reader: Reader, end: str) -> tuple[Any, ...]:
    items = [expression(reader)]
    while reader.takes_symbol(","):
        items.append(expression(reader))
    reader.want_symbol(end)
    return tuple(items)


def _like(reader: Reader, operand: Any) -> Like:
    pattern = _sum(reader)
    return Like(operand, pattern, _sum(reader) if reader.takes_word("ESCAPE") else None)


def _between(reader: Reader, operand: Any) -> Between:
    low = _sum(reader)
    reader.want_word("AND")
    return Between(operand, low, _sum(reader))


_PREDICATES: dict[str, Callable[[Reader, Any], Any]] = {"IN": _in, "LIKE": _like, "BETWEEN": _between}


def _sum(reader: Reader) -> Any:
    return _chain(reader, _product, lambda r: r.takes_symbol("+", "-", "||"))


def _product(reader: Reader) -> Any:
    return _chain(reader, _signed, lambda r: r.takes_symbol("*", "/", "%"))


def _signed(reader: Reader) -> Any:
    sign = reader.takes_symbol("-", "+")
    if not sign:
        return _term(reader)
    reader.deeper()
    found = _signed(reader)
    reader.back()
    return Operation("NEG", (found,)) if sign == "-" else found


def _term(reader: Reader) -> Any:
    token = reader.next
    if token.kind in (lexer.NUMBER, lexer.TEXT):
        return Literal(reader.take().value)
    if token.kind == lexer.ION:
        return Call("ION", (Literal(reader.take().value),))
    if reader.takes_symbol("("):
        return _parenthesis(reader)
    if token.kind == lexer.WORD:
        return _word(reader)
    if token.kind == lexer.NAME:
        return _path(reader)
    raise reader.failure(
        "ParseExpectedExpression" if token.kind == lexer.END or token.given in ",)" else "ParseUnexpectedTerm"
    )


def _parenthesis(reader: Reader) -> Any:
    if reader.is_word("SELECT"):
        raise Failure("ParseUnsupportedSelect")
    found = expression(reader)
    reader.want_symbol(")")
    return found


_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}


def _word(reader: Reader) -> Any:
    word = str(reader.next.value)
    if word in _CONSTANTS:
        reader.take()
        return Literal(_CONSTANTS[word])
    if word == "CASE":
        return _CALLS.case(reader)
    if (reader.after().value == "(" and reader.after().kind == lexer.SYMBOL) or word == "CAST":
        return _CALLS.call(reader)
    if not reader.is_name():
        raise reader.failure("ParseUnexpectedKeyword")
    return _path(reader)


def _path(reader: Reader) -> Path:
    token = reader.take()
    quoted = token.kind == lexer.NAME
    steps: list[Step] = []
    while (found := step(reader)) is not None:
        steps.append(found)
    return Path(Key(token.value if quoted else token.given, quoted), tuple(steps))


def step(reader: Reader) -> Step | None:
    """Read one step of a path: `.name`, `."name"`, `['name']`, `[0]`, `.*`, `[*]`; None where there is no further one."""
    if reader.takes_symbol("."):
        return _member(reader)
    if not reader.takes_symbol("["):
        return None
    token = reader.take()
    if token.kind == lexer.SYMBOL and token.value == "*":
        found: Step = Each(True)
    elif token.kind == lexer.NUMBER and isinstance(token.value, int):
        found = Index(token.value)
    elif token.kind in (lexer.TEXT, lexer.NAME):
        found = Key(token.value, True)
    else:
        raise Failure("ParseInvalidPathComponent")
    reader.want_symbol("]")
    return found


def _member(reader: Reader) -> Step:
    token = reader.take()
    if token.kind == lexer.SYMBOL and token.value == "*":
        return Each(False)
    if token.kind == lexer.NAME:
        return Key(token.value, True)
    if token.kind != lexer.WORD:
        raise Failure("ParseInvalidPathComponent")
    return Key(token.given)
