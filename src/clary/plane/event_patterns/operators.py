"""The tests of a pattern: literals, and operators such as {"prefix": "a"}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.plane.event_patterns import networks, numbers, wildcards
from clary.plane.event_patterns.pattern import Test
from clary.plane.event_patterns.reading import Node, Reader

Operator = Callable[[Reader, Node], Test]


def literal(value: Any) -> Test:
    """Return a test for a string, a number, a truth value or null."""
    if numbers.is_number(value):
        return lambda found: numbers.is_number(found) and found == value
    return lambda found: type(found) is type(value) and found == value


def is_absent(reader: Reader, node: Node) -> bool:
    """Return whether {"exists": …} asks for a member that is not there."""
    if not isinstance(node.value, bool):
        reader.fail("exists match pattern must be either true or false.", node.start)
    return not node.value


def _exists(reader: Reader, node: Node) -> Test:
    return lambda found: True


def _text(reader: Reader, node: Node, operator: str) -> str:
    if not isinstance(node.value, str):
        reader.fail(f"{operator} match pattern must be a string", node.start)
    return node.value


def _prefix(reader: Reader, node: Node) -> Test:
    return _at_an_end(reader, node, "prefix", str.startswith)


def _suffix(reader: Reader, node: Node) -> Test:
    return _at_an_end(reader, node, "suffix", str.endswith)


def _at_an_end(reader: Reader, node: Node, operator: str, has: Callable[[str, str], bool]) -> Test:
    if isinstance(node.value, dict) and list(node.value) == [_IGNORE_CASE]:
        text = _text(reader, node.value[_IGNORE_CASE], operator).casefold()
        return lambda found: isinstance(found, str) and has(found.casefold(), text)
    text = _text(reader, node, operator)
    return lambda found: isinstance(found, str) and has(found, text)


def _ignore_case(reader: Reader, node: Node) -> Test:
    text = _text(reader, node, _IGNORE_CASE).casefold()
    return lambda found: isinstance(found, str) and found.casefold() == text


def _wildcard(reader: Reader, node: Node) -> Test:
    wanted = wildcards.read(reader, _text(reader, node, "wildcard"), node)
    return lambda found: isinstance(found, str) and wanted(found)


def _cidr(reader: Reader, node: Node) -> Test:
    return networks.read(_text_of_cidr(reader, node))


def _text_of_cidr(reader: Reader, node: Node) -> str:
    return _text(reader, node, "prefix")  # AWS's own word here


def _numeric(reader: Reader, node: Node) -> Test:
    return numbers.read(reader, node)


def _anything_but(reader: Reader, node: Node) -> Test:
    if isinstance(node.value, dict):
        tests = _but_texts(reader, node)
    elif isinstance(node.value, list):
        tests = _but_values(reader, node)
    elif isinstance(node.value, str) or numbers.is_number(node.value):
        tests = [literal(node.value)]
    else:
        reader.fail("Value of anything-but must be an array or single string/number value.", node.start)
    return lambda found: not any(test(found) for test in tests)


def _but_values(reader: Reader, node: Node) -> list[Test]:
    if not node.value:
        reader.fail("Empty arrays are not allowed", node.end)
    for one in node.value:
        if not isinstance(one.value, str) and not numbers.is_number(one.value):
            reader.fail("Inside anything but list, start|null|boolean is not supported.", one.start, 2)
    if len({isinstance(one.value, str) for one in node.value}) > 1:
        reason = (
            "Inside anything but list, either all values are number or string, mixed type is not supported"
        )
        reader.fail(reason, node.end, 2)
    return [literal(one.value) for one in node.value]


def _but_texts(reader: Reader, node: Node) -> list[Test]:
    """Read the texts of {"anything-but": {"prefix": …}}, one or a list."""
    if not node.value:
        reader.fail("Anything-But expression name not found", node.end)
    (operator, given), *more = node.value.items()
    if operator not in _BUT:
        reader.fail(f"Unsupported anything-but pattern: {operator}", given.start)
    if more:
        reader.fail("Only one key allowed in match expression", more[0][1].start)
    those = given.value if isinstance(given.value, list) else [given]
    if not those:
        reader.fail("Empty arrays are not allowed", given.end)
    for one in those:
        _check_but(reader, operator, one, 2 if those is given.value else 1)
    return [OPERATORS[operator](reader, one) for one in those]


def _check_but(reader: Reader, operator: str, node: Node, times: int) -> None:
    if not isinstance(node.value, str):
        reader.fail(_BUT[operator], node.start, times)
    if not node.value and operator in ("prefix", "suffix"):
        reader.fail("Null prefix/suffix not allowed", node.end, times)


_IGNORE_CASE = "equals-ignore-case"
_BUT = {
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
    _IGNORE_CASE: "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
}
OPERATORS: dict[str, Operator] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _ignore_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
