"""A query over rows: which pass, what comes of them, when it is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from clary_programs.agents.select.sql.compiler import Compiler
from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.rows import Getter, Rows, getter
from clary_programs.agents.select.sql.syntax import Aggregate, Each, Key, Path, Projection, Query, Star, Step
from clary_programs.agents.select.sql.values import MISSING

Result = list[tuple[str, Any]]  # names and values of one record of the output


class Plan:
    """A query that is compiled for rows of one kind. Raises Failure where they cannot have what it asks for."""

    def __init__(self, query: Query, rows: Rows, now: float) -> None:
        if query.path and not rows.nested:
            raise Failure("UnsupportedSqlStructure", "A path in FROM is for JSON objects only.")
        self._path = query.path
        self._limit = query.limit
        self._compiler = Compiler(rows, query.alias, now)
        self._where = self._condition(query)
        self._columns, self._spreads = self._projected(query, rows)
        self._sums = self._compiler.accumulators
        if self._sums and not all(_is_aggregate(p.expression) for p in query.projections):
            raise Failure("UnsupportedSqlOperation", "An aggregate function stands beside a column.")

    def _condition(self, query: Query) -> Getter | None:
        if query.where is None:
            return None
        where = self._compiler.condition(query.where)
        if self._compiler.accumulators:
            raise Failure("UnsupportedSqlOperation", "An aggregate function is in WHERE.")
        return where

    def _projected(
        self, query: Query, rows: Rows
    ) -> tuple[list[tuple[str, Getter]], Callable[[Any], Result] | None]:
        """Return the columns of the output, or what makes a record of a whole row."""
        if any(_is_star(projection, self._compiler) for projection in query.projections):
            if len(query.projections) > 1:
                raise Failure("ParseAsteriskIsNotAloneInSelectList")
            return [], rows.members
        columns = [
            (
                projection.name or _name_of(projection.expression, number),
                self._compiler.compile(projection.expression),
            )
            for number, projection in enumerate(query.projections, 1)
        ]
        return columns, None

    def results(self, records: Iterable[Any]) -> Iterator[Result]:
        """Yield the records of the output, one after the other."""
        if self._sums:
            yield from self._summed(records)
            return
        left = self._limit
        if left == 0:
            return
        for row in self._passing(records):
            yield self._result(row)
            if left is not None:
                left -= 1
                if left == 0:
                    return

    def _summed(self, records: Iterable[Any]) -> Iterator[Result]:
        for row in self._passing(records):
            for accumulator in self._sums:
                accumulator.add(row)
        if self._limit != 0:
            yield self._result(None)

    def _passing(self, records: Iterable[Any]) -> Iterator[Any]:
        where = self._where
        rows = (row for record in records for row in expanded(record, self._path)) if self._path else records
        for row in rows:
            if where is None or where(row):
                yield row

    def _result(self, row: Any) -> Result:
        if self._spreads is not None:
            return self._spreads(row)
        return [(name, get(row)) for name, get in self._columns]


def _is_star(projection: Projection, compiler: Compiler) -> bool:
    """Return whether a projection is `*` or `s.*`."""
    found = projection.expression
    if isinstance(found, Path) and found.steps == (Each(False),):
        if not compiler.is_row(found.root):
            raise Failure("ParseInvalidContextForWildcardInSelectList")
        return True
    return found == Star()


def _name_of(node: Any, number: int) -> str:
    """Return the name of a column that has no alias: the last name of its path, or its place."""
    if isinstance(node, Path):
        last = node.steps[-1] if node.steps else node.root
        if isinstance(last, Key):
            return last.name
    return f"_{number}"


def _is_aggregate(node: Any) -> bool:
    """Return whether no column is used outside of an aggregate function."""
    if isinstance(node, Aggregate):
        return True
    if isinstance(node, Path | Star):
        return False
    if isinstance(node, tuple):
        return all(_is_aggregate(part) for part in node)
    return True


def expanded(value: Any, path: tuple[Step, ...]) -> Iterator[Any]:
    """Yield what a path of FROM leads to. "Wildcards always emit at least one record" (SELECT command)."""
    if not path:
        yield value
        return
    step, rest = path[0], path[1:]
    if not isinstance(step, Each):
        yield from expanded(getter(step)(value), rest)
        return
    for item in _items(value, step) or [MISSING]:
        yield from expanded(item, rest)


def _items(value: Any, step: Each) -> list[Any]:
    if isinstance(value, list) and step.of_lists:
        return value
    if isinstance(value, dict) and not step.of_lists:
        return list(value.values())
    return []
