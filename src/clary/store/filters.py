"""Translate a Query into WHERE and ORDER BY. Values and paths always become arguments, never SQL text."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from typing import Any

from clary.store.api import NO_NUMBER, AllOf, AnyOf, Condition, In, Query
from clary.store.dialect import Dialect

_COLUMNS = {"id", "arn", "scope", "status", "created", "modified", "due", "version", "parent"}
_ORDERS = {"id", "status", "created", "modified"}
_COMPARISONS = {"=", "!=", "<", "<=", ">", ">="}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_:/ -]*\Z")
_WORD = re.compile(r"[a-z_]+\Z")
_AS_NUMBER = "number "  # what an operator begins with that compares texts as numbers
_OPPOSITE = {"=": "!=", "!=": "="}
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

Clause = tuple[str, list[Any]]


def conditions(kind: str, scope: str | None, query: Query, dialect: Dialect) -> Clause:
    """Return the condition that a record must meet to be listed or counted, without the page's position."""
    clauses: list[Clause] = [("kind = ?", [kind])]
    if scope is not None:
        clauses.append(("scope = ?", [scope]))
    clauses += [condition(one, dialect) for one in query.where]
    return _joined(clauses, " and ")


def page(scope: str | None, query: Query, dialect: Dialect) -> tuple[Clause, Clause]:
    """Return the condition for records after the last page, and the ORDER BY. Over all scopes, the scope
    breaks ties."""
    first, paths = _order(query.order, dialect)
    columns = [first, "id"] if scope is not None else [first, "id", "scope"]
    order = ", ".join(f"{column} desc" if query.descending else column for column in columns)
    if query.after is None:
        return ("1 = 1", []), (order, paths)
    columns = columns[: len(query.after)]
    operator = "<" if query.descending else ">"
    after = f"({', '.join(columns)}) {operator} ({_marks(columns)})"
    return (after, [*paths, *query.after]), (order, paths)


def _order(name: str, dialect: Dialect) -> Clause:
    if name in _ORDERS:
        return name, []
    if not name.startswith("doc."):
        raise ValueError(f"cannot sort by {name!r}")
    paths = [dialect.path(_names(name))] * dialect.number.count("?")
    return f"coalesce(cast(({dialect.number}) as double precision), {NO_NUMBER!r})", paths


def condition(one: Condition, dialect: Dialect) -> Clause:
    """Translate a condition and those in it. Raise ValueError for an unknown column, path or operator."""
    if isinstance(one, AllOf):
        return _joined([condition(part, dialect) for part in one.of] or [("1 = 1", [])], " and ")
    if isinstance(one, AnyOf):
        return _joined([condition(part, dialect) for part in one.of] or [("1 = 0", [])], " or ")
    if isinstance(one, In):
        return _has_row(one)
    return _comparison(*one, dialect)


def _comparison(name: str, operator: str, value: Any, dialect: Dialect) -> Clause:
    if name == "doc" and operator == "contains":
        return _compare(("doc", []), operator, value)
    if name.startswith("tag."):
        return _compare_tag(name.removeprefix("tag."), operator, value, dialect)
    if name in _COLUMNS:
        return _compare_column(name, operator, value)
    if name.startswith("doc."):
        return _compare_member(_names(name), operator, value, dialect)
    raise ValueError(f"no such column: {name!r}")


def _has_row(one: In) -> Clause:
    for word in (one.table, one.column, *one.where):
        if not _WORD.match(word):
            raise ValueError(f"not the name of a table or column: {word!r}")
    wanted = " and ".join(f"{one.table}.{column} = ?" for column in one.where)
    text = f"exists (select 1 from {one.table} where {wanted} and {one.table}.{one.column} = resource.id)"
    return text, list(one.where.values())


def _names(name: str) -> list[str]:
    names = name.split(".")[1:]
    if not all(_NAME.match(part) for part in names):
        raise ValueError(f"not a path into a document: {name!r}")
    return names


def _compare_column(column: str, operator: str, value: Any) -> Clause:
    if operator == "in":
        values = list(value)
        return (f"{column} in ({_marks(values)})", values) if values else ("1 = 0", [])
    if value is None:
        return _negated((f"{column} is null", []), operator)
    if (
        column == "parent" and operator == "=" and value
    ):  # The second comparison lets the planner use the partial index on parents.
        return "(parent = ? and parent <> '')", [value]
    return _compare((column, []), operator, value)


def _compare_tag(key: str, operator: str, value: Any, dialect: Dialect) -> Clause:
    """Use the index of tags: few records have a given tag, so it is faster than testing each record."""
    if value is None:
        return _negated(_tagged(key, ("1 = 1", [])), _OPPOSITE.get(operator, operator))
    if operator == "!=":  # a missing value also differs
        return _negated(_tagged(key, ("value = ?", [value])), operator)
    if operator == "in":
        values = list(value)
        return _tagged(key, (f"value in ({_marks(values)})", values)) if values else ("1 = 0", [])
    if operator.startswith(_AS_NUMBER):
        return _tagged(key, _compare_as_number(("value", []), operator, value, dialect))
    return _tagged(key, _compare(("value", []), operator, value))


def _tagged(key: str, condition: Clause) -> Clause:
    text, args = condition
    tagged = "select r.number from tag t join resource r on r.arn = t.arn and r.arn <> '' where t.key = ? and"
    return f"number in ({tagged} {text})", [key, *args]


def _compare_member(names: list[str], operator: str, value: Any, dialect: Dialect) -> Clause:
    path = dialect.path(names)
    if operator == "in":
        each = [_compare_member(names, "=", one, dialect) for one in value]
        return _joined(each, " or ") if each else ("1 = 0", [])
    if value is None:
        return _negated((f"{dialect.kind} = 'null'", [path]), operator)
    if operator.startswith(_AS_NUMBER):
        return _compare_as_number((dialect.text, [path] * dialect.text.count("?")), operator, value, dialect)
    expression = _typed(value, operator, dialect)
    return _compare((f"({expression})", [path] * expression.count("?")), operator, value)


def _compare_as_number(left: Clause, operator: str, value: Any, dialect: Dialect) -> Clause:
    """Compare a text as the number that it is plainly written as; whatever else the text is, it matches."""
    text, args = left
    comparison = operator.removeprefix(_AS_NUMBER)
    if comparison not in _COMPARISONS - {"!="}:
        raise ValueError(f"no such operator: {operator!r}")
    return dialect.may_be.format(text=text, operator=comparison), [float(value), *args]


def _typed(value: Any, operator: str, dialect: Dialect) -> str:
    """Return the expression that reads a member as this value's type; a member of another type does not
    match."""
    if isinstance(value, str):
        return dialect.text
    if isinstance(value, bool):
        if operator not in ("=", "!="):
            raise ValueError(f"booleans cannot be compared with {operator}")
        return dialect.truth
    if isinstance(value, int | float):
        return dialect.number
    raise ValueError(f"cannot compare with {type(value).__name__}")


def _compare(left: Clause, operator: str, value: Any) -> Clause:
    text, args = left
    if operator == "contains":
        if not isinstance(value, str):
            raise ValueError("contains needs text")
        return f"instr(lower({text}), ?) > 0", [*args, value.translate(_LOWER)]
    if operator not in _COMPARISONS:
        raise ValueError(f"no such operator: {operator!r}")
    if operator == "!=":  # a missing value also differs
        return f"not coalesce({text} = ?, false)", [*args, value]
    return f"{text} {operator} ?", [*args, value]


def _negated(clause: Clause, operator: str) -> Clause:
    if operator not in ("=", "!="):
        raise ValueError(f"None cannot be compared with {operator}")
    return clause if operator == "=" else (f"not ({clause[0]})", clause[1])


def _joined(clauses: Sequence[Clause], word: str) -> Clause:
    return "(" + word.join(text for text, _ in clauses) + ")", [arg for _, args in clauses for arg in args]


def _marks(values: Iterable[Any]) -> str:
    return ", ".join("?" for _ in values)
