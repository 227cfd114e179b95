"""A SearchExpression as conditions of the store, as far as the store can express it.

The conditions select every record that matches, and may select more: match.py decides. Filters that SQL would
judge in another way are left out: texts that look like numbers (AWS compares them as numbers), members that
Describe computes, and lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from clary.plane import Noun
from clary.plane.nouns import operations
from clary.services.sagemaker.search.match import number_of
from clary.services.sagemaker.search.resources import searched
from clary.services.sagemaker.service import sagemaker
from clary.store.api import AllOf, AnyOf, Condition

Filter = dict[str, Any]

# Paths that Describe computes, instead of showing a member of the document.
DERIVED: dict[str, set[str]] = {
    "Endpoint": {"DataCaptureConfig", "EndpointConfigName", "ProductionVariants"},
    "Model": {"Containers", "PrimaryContainer"},
    "ModelPackage": {"ModelPackageName"},
    "Trial": {"TrialComponentSummaries"},
    "TrialComponent": {
        "LineageGroupArn",
        "Metrics",
        "Parents",
        "RunName",
        "Source",
        "SourceDetail",
        "Sources",
    },
    "TrainingJob": {"AlgorithmSpecification.MetricDefinitions", "FinalMetricDataList"},
}
_OPERATORS = {
    "Equals": "=",
    "NotEquals": "!=",
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": ">=",
    "LessThan": "<",
    "LessThanOrEqualTo": "<=",
}
_ORDERED = _OPERATORS.keys() - {"NotEquals"}
_TYPES = {
    "string": "text",
    "boolean": "truth",
    **dict.fromkeys(("integer", "long", "float", "double", "timestamp"), "number"),
}
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_:/ -]*")


def columns_of(noun: Noun) -> dict[str, str]:
    """Return the members that are columns of the store, with their columns."""
    columns = {f"{noun.name}Arn": "arn", "CreationTime": "created", "LastModifiedTime": "modified"}
    if noun.name == "ModelPackage":  # its name is that of its group, which many have
        return columns | {"ModelPackageStatus": "status"}
    if len(noun.named.members) == 1:  # one of several is a part of the id
        columns[noun.key_member] = "id"
    return columns | ({noun.states.member: "status"} if noun.states else {})


def narrowed(noun: Noun, expression: Filter, scope: str) -> Iterator[Condition]:
    """Return one condition that every matching record of an account and region meets, or none if the store can express
    nothing of it."""
    parts = [
        *(_of_filter(noun, one, scope) for one in expression.get("Filters", [])),
        *(_of_nested(noun, one, scope) for one in expression.get("NestedFilters", [])),
        *(_all(narrowed(noun, one, scope)) for one in expression.get("SubExpressions", [])),
    ]
    known = [part for part in parts if part is not None]
    if expression.get("Operator") != "Or":
        yield from known
    elif known and len(known) == len(parts):
        yield AnyOf(known)


def order_of(noun: Noun, path: str) -> str | None:
    """Return the order of the store that sorts by a member: a column, or where records keep a number; None if Search has to
    sort by itself."""
    if path in columns_of(noun):
        column = columns_of(noun)[path]
        return None if column == "arn" else column
    head, _, rest = path.partition(".")
    if head == "Metrics" and rest:
        return _metric_place(noun, rest)
    if _is_derived(noun, path) or _TYPES.get(_shape(noun.name, path.split("."))) != "number":
        return None
    return _place(noun, path.split("."))


def _all(conditions: Iterator[Condition]) -> Condition | None:
    found = list(conditions)
    return AllOf(found) if found else None


def _of_filter(noun: Noun, one: Filter, scope: str) -> Condition | None:
    path, operator, value = one["Name"], one.get("Operator", "Equals"), one.get("Value", "")
    head, _, rest = path.partition(".")
    if path in columns_of(noun):
        column = columns_of(noun)[path]
        return _compare(column, "number" if column in ("created", "modified") else "text", operator, value)
    if head == "Tags" and rest:
        return _of_tag(f"tag.{rest}", operator, value)
    if head == "Metrics" and rest:
        return _of_metric(noun, rest, operator, value)
    if found := searched(noun.name).narrow(scope, head, [one]):
        return found
    return None if _is_derived(noun, path) else _of_member(noun, path, operator, value)


_STATISTICS = ("Avg", "Count", "Last", "Max", "Min", "StdDev")


def _of_metric(noun: Noun, path: str, operator: str, value: str) -> Condition | None:
    """Return a condition for a value of a metric."""
    place = _metric_place(noun, path)
    return _compare(place, "number", operator, value) if place else None


def _metric_place(noun: Noun, path: str) -> str | None:
    """Return where a record keeps a value of a metric, by its name."""
    if noun.name == "TrainingJob":
        name, member = path, "Value"
    else:
        name, _, member = path.rpartition(".")
    known = _plain(name) and member in (*_STATISTICS, "Value")
    return f"doc.private.metrics.{name}.{member}" if known else None


def _of_tag(name: str, operator: str, value: str) -> Condition | None:
    if operator in ("Exists", "NotExists"):
        return name, "!=" if operator == "Exists" else "=", None
    found = _compare(name, "text", operator, value) or _compare_as_number(name, operator, value)
    return found if found or operator == "NotEquals" else (name, "!=", None)


def _of_member(noun: Noun, path: str, operator: str, value: str) -> Condition | None:
    parts = path.split(".")
    kind = _TYPES.get(_shape(noun.name, parts), "")
    if len(parts) > 2 and not _is_entry(noun, parts):
        return _in_text(kind, operator, value)
    place = _place(noun, parts)
    if place is None:
        return None
    found = _compare(place, kind, operator, value)
    return _compare_as_number(place, operator, value) if found is None and kind == "text" else found


def _place(noun: Noun, parts: list[str]) -> str | None:
    """Return where the document has a member; None where that is not sure: a dot may be part of a key below the second."""
    if not _plain(*parts) or (len(parts) > 2 and not _is_entry(noun, parts)):
        return None
    part = "spec" if parts[0] in operations.asked(sagemaker.model, noun.name) else "status"
    return f"doc.{part}.{'.'.join(parts)}"


def _is_entry(noun: Noun, parts: list[str]) -> bool:
    """Return whether a path is a member of an entry of a map: `Parameters.lr.NumberValue`."""
    shapes = sagemaker.model.description["shapes"]
    inner = shapes.get(noun.name, {}).get("members", {}).get(parts[0])
    return (
        len(parts) == 3
        and inner is not None
        and shapes[inner["shape"]]["type"] == "map"
        and bool(_shape(noun.name, parts))
    )


def _compare_as_number(name: str, operator: str, value: str) -> Condition | None:
    """Compare texts as numbers where `value` is a number. The store judges plain numbers; the others (`1e-3`, moments) are
    compared one by one."""
    number = number_of(value)
    if number is None or operator not in _ORDERED:
        return None
    return name, f"number {_OPERATORS[operator]}", number


def _of_nested(noun: Noun, nested: Filter, scope: str) -> Condition | None:
    """Return a condition for an entry of a list that meets all filters: its texts occur somewhere in the
    document."""
    if found := searched(noun.name).narrow(scope, nested["NestedPropertyName"], nested["Filters"]):
        return found
    if _is_derived(noun, nested["NestedPropertyName"]):
        return None
    found = [
        _in_text(
            _TYPES.get(_shape(noun.name, one["Name"].split(".")), ""),
            one.get("Operator", "Equals"),
            one["Value"],
        )
        for one in nested["Filters"]
        if "Value" in one
    ]
    return _all(part for part in found if part is not None)


def _in_text(kind: str, operator: str, value: str) -> Condition | None:
    exact = operator == "Equals" and number_of(value) is None
    if kind != "text" or not (exact or operator == "Contains"):
        return None
    return "doc", "contains", orjson.dumps(value).decode()[1:-1]


def _compare(name: str, kind: str, operator: str, value: str) -> Condition | None:
    number = number_of(value)
    match kind, operator:
        case "text", "Contains":
            return name, "contains", value
        case "text", "In":
            return name, "in", value.split(",")
        case "text", _ if operator in _OPERATORS and number is None:
            return name, _OPERATORS[operator], value
        case "number", _ if operator in _OPERATORS and number is not None:
            return name, _OPERATORS[operator], number
        case "truth", "Equals" | "NotEquals" if value.lower() in ("true", "false"):
            return name, _OPERATORS[operator], value.lower() == "true"
    return None


def _is_derived(noun: Noun, path: str) -> bool:
    """Return whether a member is shown otherwise than it is stored."""
    known = DERIVED.get(noun.name)
    if known is None:
        return noun.shows_more
    return any(path == one or path.startswith(f"{one}.") for one in known)


def _plain(*names: str) -> bool:
    """Return whether the store accepts these as names of members."""
    return all(_PLAIN.fullmatch(name) for name in names)


def _shape(shape: str, names: list[str]) -> str:
    """Return the model's type at a path, or an empty text if the model has none."""
    shapes = sagemaker.model.description["shapes"]
    for name in names:
        found = shapes.get(shape, {})
        while found.get("type") == "list":
            found = shapes[found["member"]["shape"]]
        inner = found["value"] if found.get("type") == "map" else found.get("members", {}).get(name)
        if inner is None:
            return ""
        shape = inner["shape"]
    return shapes.get(shape, {}).get("type", "")
