"""Read a pattern's structure: objects, arrays of what may match, `$or`."""

from __future__ import annotations

from collections.abc import Sequence

from clary.plane.event_patterns.operators import OPERATORS, is_absent, literal
from clary.plane.event_patterns.pattern import Leaf, Pattern
from clary.plane.event_patterns.reading import Node, Reader

_OR = "$or"
_RESERVED = frozenset((*OPERATORS, "exists"))


def parse(text: str) -> Pattern:
    """Read a pattern. Raise BadPattern with AWS's reason."""
    reader = Reader(text)
    node = reader.read()
    if not isinstance(node.value, dict):
        reader.fail("Filter is not an object", node.start)
    return _pattern(reader, node)


def _pattern(reader: Reader, node: Node) -> Pattern:
    if not node.value:
        reader.fail("Empty objects are not allowed", node.end)
    found = Pattern()
    for name, value in node.value.items():
        if name == _OR and _is_or(value):
            found.either.append([_pattern(reader, one) for one in value.value])
        else:
            _add(found, name.split("."), _part(reader, name, value))
    return found


def _is_or(node: Node) -> bool:
    """Whether it is the operator: two objects or more, none of which is a test. Otherwise `$or` is the name of a member."""
    those = node.value
    return (
        isinstance(those, list)
        and len(those) > 1
        and all(isinstance(one.value, dict) and not one.value.keys() & _RESERVED for one in those)
    )


def _part(reader: Reader, name: str, node: Node) -> Pattern | Leaf:
    if isinstance(node.value, dict):
        return _pattern(reader, node)
    if not isinstance(node.value, list):
        reader.fail(f'"{name}" must be an object or an array', node.start)
    if not node.value:
        reader.fail("Empty arrays are not allowed", node.end)
    return _leaf(reader, node)


def _leaf(reader: Reader, node: Node) -> Leaf:
    tests, absent = [], False
    for one in node.value:
        if isinstance(one.value, list):
            reader.fail("Match value must be String, number, true, false, or null", one.start)
        if not isinstance(one.value, dict):
            tests.append(literal(one.value))
        elif (operator := _operator(reader, one)) == "exists" and is_absent(reader, one.value["exists"]):
            absent = True
        else:
            tests.append(OPERATORS[operator](reader, one.value[operator]))
    return Leaf(tuple(tests), absent)


def _operator(reader: Reader, node: Node) -> str:
    """Return the name of a test such as {"prefix": "a"}."""
    if not node.value:
        reader.fail("Match type name not found", node.end)
    name, *more = node.value
    if name not in _RESERVED:
        reader.fail(f"Unrecognized match type {name}", node.value[name].start)
    if more:
        reader.fail("Only one key allowed in match expression", node.value[more[0]].start)
    return name


def _add(pattern: Pattern, names: Sequence[str], part: Pattern | Leaf) -> None:
    """Add what a member must be, below objects of the other names."""
    *outer, last = names
    for name in outer:
        inner = pattern.members.get(name)
        if not isinstance(inner, Pattern):
            wrapped = Pattern(also=[inner] if inner is not None else [])
            pattern.members[name] = inner = wrapped
        pattern = inner
    there = pattern.members.get(last)
    pattern.members[last] = part if there is None else Pattern(also=[there, part])
