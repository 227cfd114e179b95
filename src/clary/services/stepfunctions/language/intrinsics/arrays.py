"""Intrinsic functions for arrays."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.language.intrinsics.checks import array, integer
from clary.services.stepfunctions.language.texts import dump

_MOST_ITEMS = 1000  # "the range … can contain up to 1000 elements"


def partition(items: Any, size: Any) -> list[list[Any]]:
    """Return the items in chunks."""
    found, by = array(items, "ArrayPartition"), integer(size, "ArrayPartition")
    if by <= 0:
        raise ValueError("Invalid arguments in States.ArrayPartition: the size must be above zero.")
    return [found[at : at + by] for at in range(0, len(found), by)]


def contains(items: Any, wanted: Any) -> bool:
    """Return whether a value is among the items; true is not 1."""
    return any(_same(item, wanted) for item in array(items, "ArrayContains"))


def between(first: Any, last: Any, by: Any) -> list[int]:
    """Return the numbers from first to last, both included."""
    start, stop, step = (integer(value, "ArrayRange") for value in (first, last, by))
    if step == 0:
        raise ValueError("Invalid arguments in States.ArrayRange: the step must not be zero.")
    found = range(start, stop + (1 if step > 0 else -1), step)
    if len(found) > _MOST_ITEMS:
        raise ValueError("Invalid arguments in States.ArrayRange: more than 1000 elements.")
    return list(found)


def item(items: Any, index: Any) -> Any:
    """Return the item at an index."""
    found, at = array(items, "ArrayGetItem"), integer(index, "ArrayGetItem")
    if not 0 <= at < len(found):
        raise ValueError(f"Invalid arguments in States.ArrayGetItem: there is no item {at}.")
    return found[at]


def length(items: Any) -> int:
    """Return how many items there are."""
    return len(array(items, "ArrayLength"))


def unique(items: Any) -> list[Any]:
    """Return the items without repetitions, in their order."""
    return list({dump(one): one for one in array(items, "ArrayUnique")}.values())


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other
