"""Reads the conditions of filters: `@.price < 10 && (@.kind == 'a' || !@.sold)`."""

from __future__ import annotations

from collections.abc import Callable

from clary.services.stepfunctions.language.errors import Invalid
from clary.services.stepfunctions.language.paths.steps import (
    All,
    Any_,
    Compare,
    Condition,
    Exists,
    Inner,
    Literal,
    Not,
    Step,
)
from clary.services.stepfunctions.language.paths.tokens import Reader

_OPERATORS = ("==", "!=", "<=", ">=", "=~", "<", ">", "in ")
_DEEPEST = 32
Steps = Callable[[Reader], tuple[Step, ...]]


def condition(reader: Reader, steps: Steps, depth: int = 0) -> Condition:
    """Read a condition up to its closing parenthesis."""
    if depth > _DEEPEST:
        raise Invalid("a filter is nested too deeply")
    found = [_conjunction(reader, steps, depth)]
    while reader.take("||"):
        found.append(_conjunction(reader, steps, depth))
    return found[0] if len(found) == 1 else Any_(tuple(found))


def _conjunction(reader: Reader, steps: Steps, depth: int) -> Condition:
    found = [_single(reader, steps, depth)]
    while reader.take("&&"):
        found.append(_single(reader, steps, depth))
    return found[0] if len(found) == 1 else All(tuple(found))


def _single(reader: Reader, steps: Steps, depth: int) -> Condition:
    reader.spaces()
    if reader.take("!"):
        return Not(
            _single(reader, steps, depth + 1) if depth < _DEEPEST else condition(reader, steps, depth + 1)
        )
    if reader.take("("):
        inner = condition(reader, steps, depth + 1)
        reader.need(")")
        reader.spaces()
        return inner
    return _comparison(reader, steps)


def _comparison(reader: Reader, steps: Steps) -> Condition:
    left = _operand(reader, steps)
    reader.spaces()
    for operator in _OPERATORS:
        if reader.take(operator):
            reader.spaces()
            right = _pattern(reader) if operator == "=~" else _operand(reader, steps)
            reader.spaces()
            return Compare(left, operator.strip(), right)
    if not isinstance(left, Inner):
        raise Invalid(f"a comparison is missing in {reader.text!r}")
    return Exists(left)


def _operand(reader: Reader, steps: Steps) -> Inner | Literal:
    if reader.take("@"):
        return Inner(True, steps(reader))
    if reader.take("$"):
        return Inner(False, steps(reader))
    return Literal(_value(reader, steps))


def _value(reader: Reader, steps: Steps) -> object:
    for quote in ("'", '"'):
        if reader.take(quote):
            return reader.quoted(quote)
    for word, value in (("true", True), ("false", False), ("null", None)):
        if reader.take(word):
            return value
    if reader.take("["):
        return _list(reader, steps)
    number = reader.number()
    if number is None:
        raise Invalid(f"a value is missing in {reader.text!r} at position {reader.at}")
    return number


def _list(reader: Reader, steps: Steps) -> list[object]:
    found: list[object] = []
    while not reader.take("]"):
        reader.spaces()
        found.append(_value(reader, steps))
        reader.spaces()
        if not reader.take(",") and not reader.peek("]"):
            raise Invalid(f"a list is not closed in {reader.text!r}")
    return found


def _pattern(reader: Reader) -> Literal:
    reader.need("/")
    pattern = reader.quoted("/")
    return Literal(f"(?i){pattern}" if reader.take("i") else pattern)
