"""The rules of Choice states in JSONPath (https://states-language.net/spec.html#choice-state)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from clary.plane import globs
from clary.services.stepfunctions.language import paths
from clary.services.stepfunctions.language.errors import runtime
from clary.services.stepfunctions.language.scope import Scope
from clary.services.stepfunctions.language.texts import is_number
from clary.services.stepfunctions.language.timestamps import seconds_of

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    return value if is_number(value) else None


_KINDS: dict[str, Callable[[Any], Any]] = {"String": _text, "Numeric": _number, "Timestamp": seconds_of}
COMPARISONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], bool]]] = {
    f"{kind}{order}": (read, compare) for kind, read in _KINDS.items() for order, compare in _ORDERS.items()
}
"""`StringEquals` and so on: how both sides are read (None: of another type), and how they are compared."""
COMPARISONS["BooleanEquals"] = (lambda value: value if isinstance(value, bool) else None, operator.eq)
TESTS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsNumeric": is_number,
    "IsString": lambda value: isinstance(value, str),
    "IsTimestamp": lambda value: seconds_of(value) is not None,
}
"""The tests of a value's type."""
OPERATORS = frozenset(
    [*COMPARISONS, *(f"{name}Path" for name in COMPARISONS), *TESTS, "IsPresent", "StringMatches"]
)


def holds(rule: Mapping[str, Any], scope: Scope) -> bool:
    """Return whether a rule holds. Raise States.Runtime for a path that names nothing."""
    if "And" in rule:
        return all(holds(one, scope) for one in rule["And"])
    if "Or" in rule:
        return any(holds(one, scope) for one in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], scope)
    name, wanted = next((name, value) for name, value in rule.items() if name in OPERATORS)
    if name == "IsPresent":
        return _is_present(rule["Variable"], scope) is wanted
    return _compares(name, _found(rule["Variable"], scope), wanted, scope)


def _compares(name: str, value: Any, wanted: Any, scope: Scope) -> bool:
    if name in TESTS:
        return TESTS[name](value) is wanted
    if name == "StringMatches":
        return isinstance(value, str) and matches(value, wanted)
    if name.endswith("Path"):
        name, wanted = name.removesuffix("Path"), scope.at(wanted)
    read, compare = COMPARISONS[name]
    left, right = read(value), read(wanted)
    return left is not None and right is not None and compare(left, right)


def _is_present(variable: str, scope: Scope) -> bool:
    try:
        return _value(variable, scope) is not _NOTHING
    except paths.Missing:
        return False


_NOTHING = object()


def _value(variable: str, scope: Scope) -> Any:
    """Return what an indefinite path finds first, as a rule compares it."""
    path = paths.parse(variable)
    if path.root not in ("$", "$$") and path.root not in scope.variables:
        raise paths.Missing(f"the variable ${path.root} does not exist")
    return paths.find(path, scope.root(path))


def _found(variable: str, scope: Scope) -> Any:
    try:
        return _value(variable, scope)
    except paths.Missing as error:
        raise runtime(
            f"Invalid path '{variable}': The choice state's condition path references an invalid value. {error}"
        ) from None


def matches(text: str, pattern: str) -> bool:
    """Return whether a text matches a pattern with `*`, in time that grows with their lengths alone; `\\*` is a star."""
    return globs.matches(_pieces(pattern), text)


def _pieces(pattern: str) -> list[str]:
    pieces, at = [""], 0
    while at < len(pattern):
        if pattern[at] == "\\" and pattern[at + 1 : at + 2] in ("*", "\\"):
            at += 1
            pieces[-1] += pattern[at]
        elif pattern[at] == "*":
            pieces.append("")
        else:
            pieces[-1] += pattern[at]
        at += 1
    return pieces
