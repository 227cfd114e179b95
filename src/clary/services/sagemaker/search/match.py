"""Whether a record, as Describe shows it, meets a SearchExpression. Knows no store."""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from clary.kernel.errors import validation

_MISSING = object()
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def sortable(shown: dict[str, Any], path: str) -> tuple[int, Any]:
    """Return a key for sorting by a member: missing values first, then numbers, then texts."""
    value = value_at(shown, path)
    if value is _MISSING:
        return 0, 0
    return (1, value) if isinstance(value, int | float) else (2, str(value))


def matches(shown: dict[str, Any], expression: dict[str, Any]) -> bool:
    """Return whether a record meets a SearchExpression: all of its parts, or any of them with Operator Or."""
    parts = [_meets(shown, one) for one in expression.get("Filters", [])]
    parts += [matches(shown, one) for one in expression.get("SubExpressions", [])]
    for nested in expression.get("NestedFilters", []):
        entries = value_at(shown, nested["NestedPropertyName"])
        prefix = nested["NestedPropertyName"] + "."
        filters = [{**one, "Name": one["Name"].removeprefix(prefix)} for one in nested["Filters"]]
        listed = entries if isinstance(entries, list) else []
        parts.append(any(all(_meets(entry, one) for one in filters) for entry in listed))
    if not parts:
        return True
    return any(parts) if expression.get("Operator") == "Or" else all(parts)


def _meets(shown: dict[str, Any], one: dict[str, Any]) -> bool:
    value = value_at(shown, one["Name"])
    operator = one.get("Operator", "Equals")
    if operator in ("Exists", "NotExists"):
        return (value is not _MISSING) == (operator == "Exists")
    if value is _MISSING:
        return operator == "NotEquals"
    return _OPERATORS[operator](value, one.get("Value", ""))


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Any, str], bool]:
    def compare(value: Any, text: str) -> bool:
        if isinstance(value, bool):
            return test(str(value).lower(), text.lower())
        left, right = number_of(value), number_of(text)
        if left is not None and right is not None:
            return test(left, right)
        if isinstance(value, int | float):
            raise validation(f"{text} is not a number.")
        return test(str(value), text)

    return compare


def number_of(value: Any) -> float | None:
    """Return the number that a value stands for: a number, its text (hyperparameters are texts), or a
    moment in ISO 8601 as epoch seconds."""
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_OPERATORS: dict[str, Callable[[Any, str], bool]] = {
    "Equals": _compare(lambda a, b: a == b),
    "NotEquals": _compare(lambda a, b: a != b),
    "GreaterThan": _compare(lambda a, b: a > b),
    "GreaterThanOrEqualTo": _compare(lambda a, b: a >= b),
    "LessThan": _compare(lambda a, b: a < b),
    "LessThanOrEqualTo": _compare(lambda a, b: a <= b),
    "Contains": lambda value, text: text.translate(_LOWER) in str(value).translate(_LOWER),
    "In": lambda value, text: str(value) in text.split(","),
}


def value_at(shown: Any, path: str) -> Any:
    """Return the value at `A.B.C`. Tags are at `Tags.KEY`, metrics at `Metrics.NAME`."""
    head, _, rest = path.partition(".")
    if not isinstance(shown, dict):
        return _MISSING
    if head == "Tags" and rest:
        return next((tag["Value"] for tag in shown.get("Tags", []) if tag["Key"] == rest), _MISSING)
    if head == "Metrics" and rest:
        metrics = shown.get("FinalMetricDataList", [])
        return next((metric["Value"] for metric in metrics if metric["MetricName"] == rest), _MISSING)
    if path in shown:
        return shown[path]
    if head not in shown:
        return _MISSING
    return value_at(shown[head], rest) if rest else shown[head]
