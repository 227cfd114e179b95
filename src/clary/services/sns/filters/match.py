"""Whether a filter policy matches. Its policy has been through the grammar.

Source: "Filter policy constraints", "String value matching", "Numeric value matching", "Key matching" (Developer Guide).
"""

from __future__ import annotations

import ipaddress
import json
import operator
from collections.abc import Callable, Mapping
from typing import Any

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
}  # fmt: skip
_ABSENT: list[Any] = []


def matches_body(policy: Mapping[str, Any], message: str) -> bool:
    """Return whether a policy matches a message, which must be the JSON of an object."""
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and _matches(policy, document)


def matches_attributes(policy: Mapping[str, Any], attributes: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether a policy matches the attributes of a message."""
    return _matches(policy, {name: _value(one) for name, one in attributes.items()})


def _value(attribute: Mapping[str, Any]) -> Any:
    """Return what is compared; an object that nothing but `exists` matches for what cannot be."""
    kind, text = attribute["DataType"], attribute.get("StringValue", "")
    try:
        if kind.startswith("Number"):
            return float(text)
        if kind == "String.Array":
            return json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return text if kind.startswith("String") else {}


def _matches(policy: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    return all(_matches_key(name, rule, document) for name, rule in policy.items())


def _matches_key(name: str, rule: Any, document: Mapping[str, Any]) -> bool:
    if (
        name == "$or"
        and isinstance(rule, list)
        and all(isinstance(one, dict) for one in rule)
        and len(rule) > 1
    ):
        return any(_matches(one, document) for one in rule)
    there = name in document
    value = document.get(name)
    if isinstance(rule, dict):
        below = value if isinstance(value, list) else [value]
        return any(_matches(rule, one if isinstance(one, dict) else {}) for one in below)
    values = value if isinstance(value, list) else [value] if there else _ABSENT
    return any(_holds(condition, values, there) for condition in rule)


def _holds(condition: Any, values: list[Any], there: bool) -> bool:
    """Return whether a condition holds for any of the values of a key."""
    if isinstance(condition, dict) and "exists" in condition:
        return condition["exists"] == there
    if isinstance(condition, dict) and "anything-but" in condition:
        return bool(values) and not any(_excluded(condition["anything-but"], one) for one in values)
    return any(_fits(condition, value) for value in values)


def _excluded(said: Any, value: Any) -> bool:
    if isinstance(said, dict):
        return _fits(said, value)
    return any(_same(one, value) for one in (said if isinstance(said, list) else [said]))


def _fits(condition: Any, value: Any) -> bool:
    if not isinstance(condition, dict):
        return _same(condition, value)
    ((name, said),) = condition.items()
    if name == "numeric":
        return _is_number(value) and all(
            _COMPARE[sign](value, number) for sign, number in zip(said[::2], said[1::2], strict=True)
        )
    if not isinstance(value, str):
        return False
    if name == "prefix":
        return value.startswith(said)
    if name == "suffix":
        return value.endswith(said)
    if name == "equals-ignore-case":
        return value.lower() == said.lower()
    return name == "cidr" and _within(value, said)


def _within(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same: true is not 1."""
    if _is_number(one) and _is_number(other):
        return one == other
    return type(one) is type(other) and one == other
