"""Filter policies of subscriptions: event patterns with bounds of SNS's own, over the attributes of a message or over its body.

Sources: "Amazon SNS subscription filter policies" (Developer Guide); recorded/sns/test_sns_filter_policy.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from clary.plane.event_patterns import BadPattern, Pattern
from clary.plane.event_patterns import parse as parse_pattern

_MOST_KEYS = 5
_MOST_COMBINATIONS = 150
_LONGEST = 150 * 1024
_NUMBERS = 1_000_000_000
_OR = "$or"
# What stands for a binary attribute: it is there, and nothing that a policy says is equal to it.
_BINARY = object()


class Wrong(Exception):
    """What is wrong with a policy, in AWS's words."""


@lru_cache(1024)
def parse(text: str, body: bool) -> Pattern:
    """Return a policy, of which one without members matches everything. Raise Wrong."""
    if len(text) > _LONGEST:
        raise Wrong("Filter policy is too long")
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise Wrong("failed to parse JSON.") from None
    if policy == {}:
        return Pattern()
    try:
        pattern = parse_pattern(text)
    except BadPattern as reason:
        raise Wrong(str(reason)) from None
    _check(policy, body)
    return pattern


def _check(policy: Mapping[str, Any], body: bool) -> None:
    """Raise Wrong for what EventBridge takes and SNS does not."""
    leaves = list(_leaves(policy, 1))
    if not body and any(depth > 1 for depth, _ in leaves):
        raise Wrong("Filter policy scope MessageAttributes does not support nested filter policy")
    for _, conditions in leaves:
        for condition in conditions:
            _check_condition(condition)
    if len(leaves) > _MOST_KEYS:
        raise Wrong(f"Filter policy can not have more than {_MOST_KEYS} keys")
    if _combinations(policy, 1) > _MOST_COMBINATIONS:
        raise Wrong("Filter policy is too complex")


def _leaves(policy: Mapping[str, Any], depth: int) -> Iterator[tuple[int, list[Any]]]:
    """Yield the conditions of each key, and how deep it is."""
    for name, rule in policy.items():
        if _is_or(name, rule):
            for one in rule:
                yield from _leaves(one, depth)
        elif isinstance(rule, dict):
            yield from _leaves(rule, depth + 1)
        else:
            yield depth, rule


def _is_or(name: str, rule: Any) -> bool:
    return name == _OR and all(isinstance(one, dict) for one in rule)


def _check_condition(condition: Any) -> None:
    operator: str = ""
    said: Any = condition
    if isinstance(condition, dict):
        operator, said = next(iter(condition.items()))
    if operator == "wildcard":
        raise Wrong("Unrecognized match type wildcard")
    if isinstance(said, dict) and said.keys() & {"wildcard", "equals-ignore-case"}:
        raise Wrong(f"Unsupported anything-but pattern: {next(iter(said))}")
    values: list[Any] = said if isinstance(said, list) else [said]
    for one in values:
        if _is_number(one) and not -_NUMBERS <= one <= _NUMBERS:
            raise Wrong("Value must be between -1.0E9 and 1.0E9, inclusive")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _combinations(policy: Mapping[str, Any], depth: int) -> int:
    """Return the product of the conditions of all keys, each times its depth; the sum over what `$or` offers."""
    total = 1
    for name, rule in policy.items():
        if _is_or(name, rule):
            total *= sum(_combinations(one, depth) for one in rule)
        elif isinstance(rule, dict):
            total *= _combinations(rule, depth + 1)
        else:
            total *= len(rule) * depth
    return total


def matches_body(policy: Pattern, message: str) -> bool:
    """Return whether a policy matches a message, which must be the JSON of an object."""
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and policy.matches(document)


def matches_attributes(policy: Pattern, attributes: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return whether a policy matches the attributes of a message."""
    return policy.matches({name: _value(one) for name, one in attributes.items()})


def _value(attribute: Mapping[str, Any]) -> Any:
    """Return what is compared: a text, a number, or what an array has."""
    kind, text = attribute["DataType"], attribute.get("StringValue", "")
    try:
        if kind.startswith("Number"):
            return float(text)
        if kind == "String.Array":
            found = json.loads(text)
            return _BINARY if isinstance(found, dict) else found
    except (ValueError, RecursionError):
        return _BINARY
    return text if kind.startswith("String") else _BINARY
