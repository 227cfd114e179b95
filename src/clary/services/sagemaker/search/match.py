"""Whether a record, as Describe shows it, meets a SearchExpression. Knows no store."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from clary.kernel.errors import validation

_MISSING = object()
_WRAPPED = ("NumberValue", "StringValue")  # a parameter of a trial component is one of them


class Each(tuple[Any, ...]):
    """The values of a member in the entries of a list, any of which may meet a filter."""


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
    if isinstance(value, Each):
        met = [_OPERATORS[operator](each, one.get("Value", "")) for each in value]
        return all(met) if operator == "NotEquals" else any(met)
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
    """Return the value at `A.B.C`. Tags are at `Tags.KEY`, metrics at `Metrics.NAME` or `Metrics.NAME.Max`; keys of maps may have
    dots."""
    head, _, rest = path.partition(".")
    if not isinstance(shown, dict):
        return _MISSING
    if head in _LISTED and rest:
        return _LISTED[head](shown, rest)
    if path in shown:
        return _plain(shown[path])
    return next((value_at(shown[key], below) for key, below in _splits(path) if key in shown), _MISSING)


def _splits(path: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to take a path for a key and what is below it, the shortest key first."""
    names = path.split(".")
    for count in range(1, len(names)):
        yield ".".join(names[:count]), ".".join(names[count:])


def _plain(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        return next((value[name] for name in _WRAPPED if name in value), value)
    return value


def _tag(shown: dict[str, Any], key: str) -> Any:
    return next((tag["Value"] for tag in shown.get("Tags", []) if tag["Key"] == key), _MISSING)


def _metric(shown: dict[str, Any], path: str) -> Any:
    """Return the value of a training job's metric, or a statistic of a trial component's, the last value by default."""
    for metric in shown.get("FinalMetricDataList", []):
        if metric["MetricName"] == path:
            return metric["Value"]
    name, _, statistic = path.rpartition(".")
    for metric in shown.get("Metrics", []):
        if metric["MetricName"] == path:
            return metric["Last"]
        if metric["MetricName"] == name and statistic in metric:
            return metric[statistic]
    return _MISSING


def _parents(shown: dict[str, Any], member: str) -> Any:
    found = Each(parent[member] for parent in shown.get("Parents", []) if member in parent)
    return found or _MISSING


# Lists whose entries are found by something in them.
_LISTED: dict[str, Callable[[dict[str, Any], str], Any]] = {
    "Tags": _tag,
    "Metrics": _metric,
    "Parents": _parents,
}
