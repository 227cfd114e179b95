"""Numbers in patterns: {"numeric": [">", 0, "<=", 5]}."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from clary.plane.event_patterns.pattern import Test
from clary.plane.event_patterns.reading import Node, Reader

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def read(reader: Reader, node: Node) -> Test:
    """Return the test of a comparison or a range. Raise BadPattern."""
    if not isinstance(node.value, list):
        reader.fail("Value of numeric must be an array.", node.start)
    if not node.value:
        reader.fail("Invalid member in numeric match: ]", node.start)
    if len(node.value) > 4:
        reader.fail("Too many terms in numeric range expression", node.value[4].start)
    bounds = [_bound(reader, node, at) for at in range(0, len(node.value), 2)]
    if len(bounds) == 2:
        _check_range(reader, node, bounds)
    return lambda found: is_number(found) and all(_COMPARE[sign](found, limit) for sign, limit in bounds)


def _bound(reader: Reader, node: Node, at: int) -> tuple[str, float]:
    sign = node.value[at]
    if not isinstance(sign.value, str):
        reader.fail(f"Invalid member in numeric match: {sign.value}", sign.start)
    if sign.value not in _COMPARE:
        reader.fail(f"Unrecognized numeric range operator: {sign.value}", sign.start)
    limit = node.value[at + 1] if at + 1 < len(node.value) else Node(None, node.end, node.end)
    if not is_number(limit.value):
        name = "equals" if sign.value == "=" else sign.value
        reader.fail(f"Value of {name} must be numeric", limit.start)
    return sign.value, limit.value


def _check_range(reader: Reader, node: Node, bounds: list[tuple[str, float]]) -> None:
    (first, bottom), (second, top) = bounds
    if first not in (">", ">="):
        reader.fail("Too many terms in numeric range expression", node.value[2].start)
    if second not in ("<", "<="):
        reader.fail(f"Bad numeric range operator: {second}", node.value[2].start)
    if bottom >= top:
        reader.fail("Bottom must be less than top", node.value[3].start)
