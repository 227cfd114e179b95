"""Expressions as functions of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary_programs.agents.select.sql import timestamps
from clary_programs.agents.select.sql.aggregates import Accumulator
from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.functions import FUNCTIONS, caster, liker
from clary_programs.agents.select.sql.lexer import number
from clary_programs.agents.select.sql.rows import Getter, Rows, getter
from clary_programs.agents.select.sql.syntax import (
    Aggregate,
    Between,
    Call,
    Case,
    Cast,
    In,
    Is,
    Key,
    Like,
    Literal,
    Operation,
    Path,
)
from clary_programs.agents.select.sql.values import MISSING, OPERATORS, decimal, equal, negative


class Compiler:
    """Compiles the expressions of one query over rows of one kind. Collects its aggregates."""

    def __init__(self, rows: Rows, alias: Key | None, now: float) -> None:
        self._rows = rows
        self._now = timestamps.of(now)
        self._alias = alias
        self.accumulators: list[Accumulator] = []

    def compile(self, node: Any) -> Getter:
        """Return the function of an expression. Raise Failure where it can have no value."""
        return _COMPILERS[type(node)](self, node)

    def condition(self, node: Any) -> Getter:
        """Return the function of a condition: TRUE, FALSE or None. It raises Failure for any other value."""
        value = self.compile(node)
        return lambda row: _truth(value(row))

    def is_row(self, key: Key) -> bool:
        """Return whether a name stands for the row itself."""
        alias = self._alias or Key("S3Object")
        exact = key.quoted and alias.quoted
        return key.name == alias.name if exact else key.name.lower() == alias.name.lower()

    def literal(self, node: Literal) -> Getter:
        value = node.value
        return lambda row: value

    def path(self, node: Path) -> Getter:
        steps = list(node.steps)
        if not self.is_row(node.root):
            start = self._rows.column(node.root)
        elif steps and isinstance(steps[0], Key):
            start = self._rows.column(steps.pop(0))  # type: ignore[arg-type]
        else:
            start = self._whole()
        for step in steps:
            start = _then(start, getter(step))
        return start

    def _whole(self) -> Getter:
        if self._rows.nested:
            return lambda row: row
        return lambda row: dict(self._rows.members(row))

    def operation(self, node: Operation) -> Getter:
        operands = [self.compile(operand) for operand in node.operands]
        if node.name in _LOGIC:
            return _LOGIC[node.name](*operands)
        if node.name == "NEG":
            return lambda row: negative(operands[0](row))
        operate = OPERATORS[node.name]
        left, right = operands
        return lambda row: operate(left(row), right(row))

    def contained(self, node: In) -> Getter:
        operand = self.compile(node.operand)
        items = [self.compile(item) for item in node.items]

        def test(row: Any) -> bool | None:
            value = operand(row)
            found = [equal(value, item(row)) for item in items]
            return True if True in found else None if None in found else False

        return test

    def between(self, node: Between) -> Getter:
        operand, low, high = (self.compile(part) for part in node)

        def test(row: Any) -> bool | None:
            value = operand(row)  # once, since it may be a BETWEEN itself
            if (above := OPERATORS[">="](value, low(row))) is False:
                return False
            below = OPERATORS["<="](value, high(row))
            return False if below is False else None if above is None or below is None else True

        return test

    def like(self, node: Like) -> Getter:
        operand, pattern = self.compile(node.operand), self.compile(node.pattern)
        escape = self.compile(node.escape or Literal(None))
        fixed = liker(node.pattern.value, escape(None)) if _is_fixed(node) else None

        def test(row: Any) -> bool | None:
            value, wanted = operand(row), pattern(row)
            if value is None or value is MISSING or wanted is None or wanted is MISSING:
                return None
            if not isinstance(value, str):
                raise Failure("LikeInvalidInputs")
            return (fixed or liker(wanted, escape(row)))(value)

        return test

    def is_(self, node: Is) -> Getter:
        operand = self.compile(node.operand)
        if node.what == "MISSING":
            return lambda row: operand(row) is MISSING
        return lambda row: (value := operand(row)) is None or value is MISSING

    def case(self, node: Case) -> Getter:
        pairs = [(self.compile(condition), self.compile(result)) for condition, result in node.pairs]
        otherwise = self.compile(node.otherwise)
        if node.subject is None:
            return lambda row: next((result for test, result in pairs if test(row) is True), otherwise)(row)
        subject = self.compile(node.subject)

        def choose(row: Any) -> Any:
            value = subject(row)
            return next((result for given, result in pairs if equal(value, given(row))), otherwise)(row)

        return choose

    def call(self, node: Call) -> Getter:
        arguments = [self.compile(argument) for argument in node.arguments]
        if node.name == "ION":
            return self.literal(Literal(_ion(node.arguments[0].value)))
        if node.name == "COALESCE":
            return lambda row: next(
                (v for a in arguments if (v := a(row)) is not None and v is not MISSING), None
            )
        if node.name == "NULLIF":
            return lambda row: None if equal(value := arguments[0](row), arguments[1](row)) else value
        if node.name == "UTCNOW":
            return self.literal(Literal(self._now))
        function = FUNCTIONS[node.name]
        return lambda row: function(*[argument(row) for argument in arguments])

    def cast(self, node: Cast) -> Getter:
        operand, convert = self.compile(node.operand), caster(node.type)
        return lambda row: convert(operand(row))

    def aggregate(self, node: Aggregate) -> Getter:
        before = len(self.accumulators)
        operand = self.compile(node.operand) if node.operand is not None else None
        if len(self.accumulators) != before:
            raise Failure("UnsupportedSqlOperation", "An aggregate function is inside of another one.")
        accumulator = Accumulator(node.name, operand)
        self.accumulators.append(accumulator)
        return lambda row: accumulator.result()


def _is_fixed(node: Like) -> bool:
    return (
        isinstance(node.pattern, Literal) and isinstance(node.pattern.value, str) and _is_literal(node.escape)
    )


def _is_literal(node: Any) -> bool:
    return node is None or isinstance(node, Literal)


def _then(first: Getter, second: Getter) -> Getter:
    return lambda row: second(first(row))


def _truth(value: Any) -> bool | None:
    if value is None or value is MISSING:
        return None
    if not isinstance(value, bool):
        raise Failure("ExternalEvalException", "A condition has a value that is neither TRUE nor FALSE.")
    return value


def _and(left: Getter, right: Getter) -> Getter:
    def both(row: Any) -> bool | None:
        one = _truth(left(row))
        if one is False:
            return False
        other = _truth(right(row))
        return False if other is False else None if one is None or other is None else True

    return both


def _or(left: Getter, right: Getter) -> Getter:
    def either(row: Any) -> bool | None:
        one = _truth(left(row))
        if one is True:
            return True
        other = _truth(right(row))
        return True if other is True else None if one is None or other is None else False

    return either


def _not(operand: Getter) -> Getter:
    def negated(row: Any) -> bool | None:
        value = _truth(operand(row))
        return None if value is None else not value

    return negated


_LOGIC: dict[str, Callable[..., Getter]] = {"AND": _and, "OR": _or, "NOT": _not}


def _ion(text: str) -> Any:
    """Return the value of an Ion literal: a timestamp, a number, a text, a constant."""
    moment = timestamps.parse(text) or timestamps.parse(text + "T")
    if moment is not None:
        return moment
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    if decimal(text) is None:
        raise Failure("LexerInvalidIONLiteral", f"({text[:100]})")
    return number(text)


_COMPILERS: dict[type, Callable[[Compiler, Any], Getter]] = {
    Literal: Compiler.literal,
    Path: Compiler.path,
    Operation: Compiler.operation,
    In: Compiler.contained,
    Between: Compiler.between,
    Like: Compiler.like,
    Is: Compiler.is_,
    Case: Compiler.case,
    Call: Compiler.call,
    Cast: Compiler.cast,
    Aggregate: Compiler.aggregate,
}
