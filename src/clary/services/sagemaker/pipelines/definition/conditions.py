"""Conditions of Condition steps: how they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clary.services.sagemaker.pipelines.definition import reading
from clary.services.sagemaker.pipelines.definition.says import member, unparsable
from clary.services.sagemaker.pipelines.definition.types import (
    JSON,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Inversion,
    Membership,
)

ORDERS = ("GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")
_MOST = 200  # in one list


def parse_conditions(value: JSON, place: str) -> tuple[Condition, ...]:
    """Return a list of conditions, of which there must be one at least."""
    entries = reading.listed(value, place)
    if not entries or len(entries) > _MOST:
        raise unparsable(f"There must be 1 to {_MOST} conditions.", place)
    return tuple(_condition(entry, member(place, number)) for number, entry in enumerate(entries))


def _condition(value: JSON, place: str) -> Condition:
    kind = reading.required(reading.structure(value, place), "Type", place)
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise unparsable(f"Unknown condition type '{kind}'.", place)
    return read(value, place)


def _comparison(value: JSON, place: str) -> Condition:
    found = reading.known(value, ("Type", "LeftValue", "RightValue"), place)
    left, right = (reading.required(found, name, place) for name in ("LeftValue", "RightValue"))
    if found["Type"] == "NotEquals":
        return Inversion(Comparison("Equals", left, right))
    return Comparison(found["Type"], left, right)


def _membership(value: JSON, place: str) -> Condition:
    """Return an In or a NotIn condition. SDKs write QueryValue and Values, AWS's published schema Value and In."""
    found = reading.structure(value, place)
    names = ("Value", "In") if "In" in found else ("QueryValue", "Values")
    found = reading.known(value, ("Type", *names), place)
    asked, choices = (reading.required(found, name, place) for name in names)
    found_in = Membership(asked, tuple(reading.listed(choices, member(place, names[1]))))
    return Inversion(found_in) if found["Type"] == "NotIn" else found_in


def _inversion(value: JSON, place: str) -> Condition:
    found = reading.known(value, ("Type", "Condition"), place)
    return Inversion(_condition(reading.required(found, "Condition", place), member(place, "Condition")))


def _any_of(value: JSON, place: str) -> Condition:
    found = reading.known(value, ("Type", "Conditions"), place)
    return AnyOf(parse_conditions(reading.required(found, "Conditions", place), member(place, "Conditions")))


_READERS: dict[str, Callable[[JSON, str], Condition]] = {
    **dict.fromkeys(("Equals", "NotEquals"), _comparison),
    **dict.fromkeys(ORDERS, _comparison),
    **dict.fromkeys(("In", "NotIn"), _membership),
    "Not": _inversion,
    "Or": _any_of,
}


def operands(condition: Condition) -> Iterator[JSON]:
    """Yield all values that a condition looks at."""
    match condition:
        case Comparison(_, left, right):
            yield from (left, right)
        case Membership(value, choices):
            yield from (value, *choices)
        case Inversion(inner):
            yield from operands(inner)
        case AnyOf(conditions) | AllOf(conditions):
            for one in conditions:
                yield from operands(one)


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield all comparisons in a condition."""
    match condition:
        case Comparison():
            yield condition
        case Inversion(inner):
            yield from comparisons(inner)
        case AnyOf(conditions) | AllOf(conditions):
            for one in conditions:
                yield from comparisons(one)
        case _:
            return
