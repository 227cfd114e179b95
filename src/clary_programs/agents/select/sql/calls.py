"""Calls and CASE, read from their text. Some functions have a syntax of their own.

Source: "SQL functions" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-sql-functions.html).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary_programs.agents.select.sql import lexer
from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.reader import Reader
from clary_programs.agents.select.sql.syntax import Aggregate, Call, Case, Cast, Literal

_AGGREGATES = ("AVG", "COUNT", "MAX", "MIN", "SUM")
DATE_PARTS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TIMEZONE_HOUR", "TIMEZONE_MINUTE")
# How many arguments a function takes, at least and at most.
_ARITIES = {
    "CHAR_LENGTH": (1, 1),
    "CHARACTER_LENGTH": (1, 1),
    "COALESCE": (1, 1000),
    "LOWER": (1, 1),
    "NULLIF": (2, 2),
    "TO_STRING": (2, 2),
    "TO_TIMESTAMP": (1, 2),
    "UPPER": (1, 1),
    "UTCNOW": (0, 0),
}
_TYPES = {
    "BOOL": "BOOL",
    "BOOLEAN": "BOOL",
    "INT": "INT",
    "INTEGER": "INT",
    "SMALLINT": "INT",
    "STRING": "STRING",
    "VARCHAR": "STRING",
    "CHAR": "STRING",
    "CHARACTER": "STRING",
    "FLOAT": "FLOAT",
    "REAL": "FLOAT",
    "DOUBLE": "FLOAT",
    "DECIMAL": "DECIMAL",
    "NUMERIC": "DECIMAL",
    "TIMESTAMP": "TIMESTAMP",
}


class Calls:
    """Reads calls. Their arguments are read by `expression`."""

    def __init__(self, expression: Callable[[Reader], Any]) -> None:
        self._expression = expression

    def case(self, reader: Reader) -> Case:
        reader.take()
        subject = None if reader.is_word("WHEN") else self._expression(reader)
        pairs: list[tuple[Any, Any]] = []
        while reader.takes_word("WHEN"):
            condition = self._expression(reader)
            reader.want_word("THEN")
            pairs.append((condition, self._expression(reader)))
        if not pairs:
            raise reader.failure("ParseExpectedWhenClause")
        otherwise = self._expression(reader) if reader.takes_word("ELSE") else Literal(None)
        reader.want_word("END")
        return Case(subject, tuple(pairs), otherwise)

    def call(self, reader: Reader) -> Any:
        """Read a function's name and its arguments."""
        name = str(reader.take().value)
        code = (
            "ParseExpectedLeftParenAfterCast"
            if name == "CAST"
            else "ParseExpectedLeftParenBuiltinFunctionCall"
        )
        reader.want_symbol("(", code)
        if name in _AGGREGATES:
            return self._aggregate(reader, name)
        if name in _SYNTAXES:
            return _SYNTAXES[name](self, reader, name)
        if name not in _ARITIES:
            raise Failure("UnsupportedFunction", f"({name})")
        return self._plain(reader, name)

    def _plain(self, reader: Reader, name: str) -> Call:
        arguments = () if reader.takes_symbol(")") else self._arguments(reader)
        least, most = _ARITIES[name]
        if not least <= len(arguments) <= most:
            raise Failure("EvaluatorInvalidArguments", f"({name})")
        return Call(name, arguments)

    def _arguments(self, reader: Reader) -> tuple[Any, ...]:
        found = [self._expression(reader)]
        while reader.takes_symbol(","):
            found.append(self._expression(reader))
        reader.want_symbol(")")
        return tuple(found)

    def _aggregate(self, reader: Reader, name: str) -> Aggregate:
        if reader.takes_symbol("*"):
            if name != "COUNT":
                raise Failure("ParseUnsupportedCallWithStar")
            reader.want_symbol(")")
            return Aggregate(name, None)
        if reader.is_word("DISTINCT"):
            raise Failure("UnsupportedSqlStructure", "DISTINCT is not supported.")
        reader.takes_word("ALL")
        operand = self._expression(reader)
        if reader.is_symbol(","):
            raise Failure("ParseNonUnaryAgregateFunctionCall")
        reader.want_symbol(")")
        return Aggregate(name, operand)

    def _cast(self, reader: Reader, name: str) -> Cast:
        operand = self._expression(reader)
        if reader.is_symbol(",", ")"):
            raise Failure("ParseCastArity")
        reader.want_word("AS")
        given = str(reader.take().value).upper()
        if given not in _TYPES:
            raise Failure("ParseExpectedTypeName", f"({given})")
        if given == "DOUBLE":
            reader.takes_word("PRECISION")
        _sizes(reader)
        reader.want_symbol(")")
        return Cast(operand, _TYPES[given])

    def _dates(self, reader: Reader, name: str) -> Call:
        part = _date_part(reader, DATE_PARTS[:6])
        reader.want_symbol(",")
        arguments = self._arguments(reader)
        if len(arguments) != 2:
            raise Failure("EvaluatorInvalidArguments", f"({name})")
        return Call(name, (part, *arguments))

    def _extract(self, reader: Reader, name: str) -> Call:
        part = _date_part(reader, DATE_PARTS)
        reader.want_word("FROM")
        found = Call(name, (part, self._expression(reader)))
        reader.want_symbol(")")
        return found

    def _substring(self, reader: Reader, name: str) -> Call:
        """Read `SUBSTRING(text, start, length)`, or with FROM and FOR."""
        arguments = [self._expression(reader)]
        for word in ("FROM", "FOR"):
            if reader.takes_symbol(",") or reader.takes_word(word):
                arguments.append(self._expression(reader))
        reader.want_symbol(")")
        if len(arguments) < 2:
            raise Failure("EvaluatorInvalidArguments", f"({name})")
        return Call(name, tuple(arguments))

    def _trim(self, reader: Reader, name: str) -> Call:
        side = reader.takes_word("LEADING", "TRAILING", "BOTH")
        given = Literal(" ") if reader.is_word("FROM") else self._expression(reader)
        if not reader.takes_word("FROM"):
            if side:
                raise reader.failure("ParseExpectedKeyword", "Expected FROM")
            given, operand = Literal(" "), given
        else:
            operand = self._expression(reader)
        reader.want_symbol(")")
        return Call(name, (Literal(side or "BOTH"), given, operand))


def _sizes(reader: Reader) -> None:
    """Skip `(10, 2)`: "Amazon S3 Select ignores scale and precision" (Data types)."""
    if not reader.takes_symbol("("):
        return
    while True:
        if reader.take().kind != lexer.NUMBER:
            raise reader.failure("ParseExpectedNumber")
        if not reader.takes_symbol(","):
            break
    reader.want_symbol(")")


def _date_part(reader: Reader, among: tuple[str, ...]) -> Literal:
    token = reader.take()
    if token.kind not in (lexer.WORD, lexer.TEXT) or str(token.value).upper() not in among:
        raise Failure("ParseExpectedDatePart", f"({token.given})")
    return Literal(str(token.value).upper())


_SYNTAXES: dict[str, Callable[[Calls, Reader, str], Any]] = {
    "CAST": Calls._cast,
    "DATE_ADD": Calls._dates,
    "DATE_DIFF": Calls._dates,
    "EXTRACT": Calls._extract,
    "SUBSTRING": Calls._substring,
    "TRIM": Calls._trim,
}
