"""A SELECT statement, read from its text: clauses and paths. Expressions are read by expressions.py.

Source: "SELECT command" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-select.html).
"""

from __future__ import annotations

from clary_programs.agents.select.sql import lexer
from clary_programs.agents.select.sql.expressions import expression, step
from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.reader import Reader
from clary_programs.agents.select.sql.syntax import Each, Key, Path, Projection, Query, Star, Step

_ABSENT = ("GROUP", "ORDER", "HAVING", "JOIN", "UNION", "INNER", "LEFT", "RIGHT", "CROSS", "OFFSET")


def parse(text: str) -> Query:
    """Return the query of an expression. Raise Failure."""
    reader = Reader(text)
    if not reader.takes_word("SELECT"):
        raise reader.failure("ParseUnexpectedToken" if reader.next.value else "ParseExpectedExpression")
    projections = _projections(reader)
    path, alias = _source(reader)
    where = expression(reader) if reader.takes_word("WHERE") else None
    limit = _limit(reader)
    _end(reader)
    return Query(projections, path, alias, where, limit)


def _projections(reader: Reader) -> tuple[Projection, ...]:
    if reader.is_word("DISTINCT"):
        raise reader.failure("UnsupportedSqlStructure", "DISTINCT is not supported")
    reader.takes_word("ALL")
    if reader.is_word("FROM") or reader.next.kind == lexer.END:
        raise reader.failure("ParseEmptySelect")
    found = [_projection(reader)]
    while reader.takes_symbol(","):
        found.append(_projection(reader))
    if len(found) > 1 and any(projection.expression == Star() for projection in found):
        raise Failure("ParseAsteriskIsNotAloneInSelectList")
    return tuple(found)


def _projection(reader: Reader) -> Projection:
    if reader.takes_symbol("*"):
        return Projection(Star(), None)
    found = expression(reader)
    if isinstance(found, Path) and any(isinstance(part, Each) for part in found.steps):
        if len(found.steps) == 1 and not found.steps[0].of_lists:  # type: ignore[union-attr]
            return Projection(found, None)
        raise Failure("ParseInvalidContextForWildcardInSelectList")
    if reader.takes_word("AS"):
        return Projection(found, _alias(reader).name)
    return Projection(found, _alias(reader).name if reader.is_name() else None)


def _alias(reader: Reader) -> Key:
    if not reader.is_name():
        raise reader.failure("ParseExpectedIdentForAlias")
    token = reader.take()
    quoted = token.kind == lexer.NAME
    return Key(token.value if quoted else token.given, quoted)


def _source(reader: Reader) -> tuple[tuple[Step, ...], Key | None]:
    """Read `FROM S3Object[*].path AS alias`. Without an alias the last name of the path is one."""
    if not reader.takes_word("FROM"):
        if reader.is_word("SELECT", "WHERE"):
            raise reader.failure("ParseUnexpectedKeyword")
        raise reader.failure(
            "ParseSelectMissingFrom" if reader.next.kind == lexer.END else "ParseUnexpectedToken"
        )
    table = reader.take()
    if table.kind not in (lexer.WORD, lexer.NAME) or str(table.value).upper() != "S3OBJECT":
        raise Failure("InvalidDataSource", "The FROM clause must name S3Object.")
    steps = _path(reader)
    if reader.is_symbol(","):
        raise Failure("UnsupportedSqlStructure", "Joins are not supported.")
    if reader.takes_word("AS"):
        return steps, _alias(reader)
    if reader.is_name() and not reader.is_word(*_ABSENT):
        return steps, _alias(reader)
    named = steps[-1] if steps else None
    return steps, named if isinstance(named, Key) else None


def _path(reader: Reader) -> tuple[Step, ...]:
    steps: list[Step] = []
    while (found := step(reader)) is not None:
        steps.append(found)
    return tuple(steps[1:]) if steps and steps[0] == Each(True) else tuple(steps)


def _limit(reader: Reader) -> int | None:
    if not reader.takes_word("LIMIT"):
        return None
    if reader.takes_symbol("-"):
        raise Failure("EvaluatorNegativeLimit")
    token = reader.next
    if token.kind != lexer.NUMBER or not isinstance(token.value, int):
        raise reader.failure("ParseExpectedNumber")
    return int(reader.take().value)


def _end(reader: Reader) -> None:
    if reader.is_word(*_ABSENT):
        word = reader.next.value
        raise Failure("UnsupportedSqlStructure", f"{word} is not supported.")
    if reader.next.kind != lexer.END:
        raise reader.failure("ParseUnexpectedToken")
