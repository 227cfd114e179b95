"""Finds what a path names. The sentences of errors are those of Jayway's library, which AWS shows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from clary.plane.expressions import Linear, Unsupported
from clary.services.stepfunctions.language.errors import runtime
from clary.services.stepfunctions.language.paths.parse import Path
from clary.services.stepfunctions.language.paths.steps import (
    All,
    Any_,
    Compare,
    Condition,
    Deep,
    Exists,
    Filter,
    Function,
    Index,
    Inner,
    Literal,
    Name,
    Not,
    Slice,
    Step,
)
from clary.services.stepfunctions.language.texts import is_number, kind_of

_MOST_LOOKS = 1_000_000
"""Values that one path may look at: nested filters with `..` could look at each pair of values of a document."""


class Missing(Exception):
    """The path names nothing; the message says where it ended."""


class _Search:
    def __init__(self, root: Any) -> None:
        self.root = root
        self.looks = 0

    def count(self, more: int = 1) -> None:
        self.looks += more
        if self.looks > _MOST_LOOKS:
            raise runtime("The path looks at too many values.")


def find(path: Path, root: Any) -> Any:
    """Return what a path names in `root`: a value, or the list of values of an indefinite path. Raise Missing."""
    value: Any = root
    search = _Search(root)
    for number, step in enumerate(path.steps):
        if isinstance(step, Name) and len(step.names) == 1:
            if not isinstance(value, dict) or step.names[0] not in value:
                raise Missing(_missing(path.steps, number, value))
            value = value[step.names[0]]
        elif isinstance(step, Function):
            value = _function(step.name, value)
        elif isinstance(step, Index) and len(step.numbers) == 1:
            value = _item(path.steps, number, value, step.numbers[0])
        else:
            return _many(search, path.steps[number:], value)
    return value


def _many(search: _Search, steps: Sequence[Step], value: Any) -> Any:
    """Return the values that steps from an indefinite one on lead to."""
    values = [value]
    for number, step in enumerate(steps):
        if isinstance(step, Function):
            return _function(step.name, values) if number == len(steps) - 1 else []
        values = [found for one in values for found in _step(search, step, one)]
    return values


def _item(steps: Sequence[Step], number: int, value: Any, index: int) -> Any:
    if isinstance(value, list) and -len(value) <= index < len(value):
        return value[index]
    raise Missing(_missing(steps, number, value))


def _missing(steps: Sequence[Step], number: int, value: Any) -> str:
    shown = "".join(_shown(step) for step in steps[: number + 1])
    if number == len(steps) - 1:
        return f"No results for path: ${shown}"
    return f"Missing property in path ${shown}"


def _shown(step: Step) -> str:
    if isinstance(step, Name):
        return "[" + ",".join(f"'{name}'" for name in step.names) + "]"
    if isinstance(step, Index):
        return "[" + ",".join(map(str, step.numbers)) + "]"
    return "[*]"


def _step(search: _Search, step: Step, value: Any) -> Iterator[Any]:
    search.count()
    if isinstance(step, Deep):
        for below in _everything(search, value):
            yield from _step(search, step.step, below)
    elif isinstance(step, Filter):
        yield from (item for item in _children(value) if _holds(search, step.condition, item))
    elif isinstance(step, Name):
        if isinstance(value, dict):
            yield from (value[name] for name in step.names if name in value)
    elif isinstance(step, Index):
        if isinstance(value, list):
            yield from (value[at] for at in step.numbers if -len(value) <= at < len(value))
    elif isinstance(step, Slice):
        if isinstance(value, list):
            yield from value[step.start : step.stop : step.by]
    else:
        yield from _children(value)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _everything(search: _Search, value: Any) -> Iterator[Any]:
    left = [value]
    while left:
        search.count()
        one = left.pop()
        yield one
        left.extend(reversed(_children(one)))


_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "min": min,
    "max": max,
    "sum": sum,
    "avg": lambda found: sum(found) / len(found),
}


def _function(name: str, value: Any) -> Any:
    if name == "length":
        if isinstance(value, (list, dict, str)):
            return len(value)
        raise Missing(f"length() of a {kind_of(value)}")
    if name == "keys" and isinstance(value, dict):
        return list(value)
    if name in ("first", "last") and isinstance(value, list) and value:
        return value[0 if name == "first" else -1]
    numbers = [one for one in value if is_number(one)] if isinstance(value, list) else []
    if name not in _FUNCTIONS or not numbers:
        raise Missing(f"Aggregation function attempted to calculate value using empty array: {name}()")
    return _FUNCTIONS[name](numbers)


# filters -------------------------------------------------------------------------------------------------------------


def _holds(search: _Search, condition: Condition, item: Any) -> bool:
    search.count()
    if isinstance(condition, All):
        return all(_holds(search, one, item) for one in condition.of)
    if isinstance(condition, Any_):
        return any(_holds(search, one, item) for one in condition.of)
    if isinstance(condition, Not):
        return not _holds(search, condition.of, item)
    if isinstance(condition, Exists):
        return bool(_inner(search, condition.path, item))
    return _compares(search, condition, item)


def _inner(search: _Search, path: Inner, item: Any) -> list[Any]:
    found = _many(search, path.steps, item if path.from_item else search.root)
    return found if isinstance(found, list) else [found]


def _operand(search: _Search, side: Inner | Literal, item: Any) -> tuple[bool, Any]:
    if isinstance(side, Literal):
        return True, side.value
    found = _inner(search, side, item)
    return bool(found), found[0] if found else None


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _compares(search: _Search, condition: Compare, item: Any) -> bool:
    is_left, left = _operand(search, condition.left, item)
    is_right, right = _operand(search, condition.right, item)
    if condition.operator in ("==", "!="):
        equal = is_left == is_right and left == right and kind_of(left) == kind_of(right)
        return equal is (condition.operator == "==")
    if not is_left or not is_right:
        return False
    if condition.operator in _ORDERS:
        alike = (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str))
        return alike and _ORDERS[condition.operator](left, right)
    if condition.operator == "=~":
        return isinstance(left, str) and _matches(right, left)
    return isinstance(right, list) and left in right


def _matches(pattern: str, text: str) -> bool:
    try:
        return Linear(f"^(?:{pattern})$").matches(text)
    except Unsupported as error:
        raise runtime(f"The pattern {pattern} of a filter is not supported: {error}") from None
