"""What a filter policy may say. Knows no message.

Source: "Amazon SNS subscription filter policies" (Developer Guide); sentences as recorded (recorded/sns/test_sns_filter_policy.json),
without the place in the text that AWS adds.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any

from clary.kernel import AwsError

Policy = dict[str, Any]

_MOST_KEYS = 5
_MOST_COMBINATIONS = 150
_LONGEST = 150 * 1024
_DEEPEST = 20
_NUMBERS = 1_000_000_000
_TEXTS = ("prefix", "suffix", "equals-ignore-case")
_COMPARISONS = ("<", "<=", ">", ">=", "=")
_BITS = re.compile("[0-9]{1,3}")


class Wrong(Exception):
    """What is wrong with a policy, in AWS's words."""


def parse(text: str, body: bool) -> Policy:
    """Return a policy. Raise Wrong."""
    if len(text) > _LONGEST:
        raise Wrong("Filter policy is too long")
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise Wrong("failed to parse JSON.") from None
    if not isinstance(policy, dict):
        raise Wrong("Filter is not an object")
    _check(policy, body, 0)
    leaves = list(_leaves(policy, 1))
    if len(leaves) > _MOST_KEYS:
        raise Wrong(f"Filter policy can not have more than {_MOST_KEYS} keys")
    if _combinations(policy, 1) > _MOST_COMBINATIONS:
        raise Wrong("Filter policy is too complex")
    return policy


def refusal(prefix: str, wrong: Wrong) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {prefix}FilterPolicy: {wrong}")


def _check(policy: Policy, body: bool, depth: int) -> None:
    if depth > _DEEPEST:
        raise Wrong("Filter policy is too deep")
    for name, rule in policy.items():
        if name == "$or" and _is_or(rule):
            for one in rule:
                _check(one, body, depth + 1)
        elif isinstance(rule, dict):
            if not body:
                raise Wrong("Filter policy scope MessageAttributes does not support nested filter policy")
            _check(rule, body, depth + 1)
        elif isinstance(rule, list):
            if not rule:
                raise Wrong("Empty arrays are not allowed")
            for one in rule:
                _check_condition(one)
        else:
            raise Wrong(f'"{name}" must be an object or an array')


def _is_or(rule: Any) -> bool:
    return isinstance(rule, list) and len(rule) > 1 and all(isinstance(one, dict) and one for one in rule)


def _check_condition(condition: Any) -> None:
    if isinstance(condition, list):
        raise Wrong("Match value must be String, number, true, false, or null")
    if not isinstance(condition, dict):
        _check_number(condition)
        return
    if len(condition) != 1:
        raise Wrong("Only one key allowed in match expression")
    ((name, value),) = condition.items()
    if name in _TEXTS:
        _check_text(name, value)
    elif name == "anything-but":
        _check_anything_but(value)
    elif name == "numeric":
        _check_numeric(value)
    elif name == "exists":
        if not isinstance(value, bool):
            raise Wrong("exists match pattern must be either true or false.")
    elif name == "cidr":
        _check_cidr(value)
    else:
        raise Wrong(f"Unrecognized match type {name}")


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise Wrong(f"{name} match pattern must be a string")


def _check_number(value: Any) -> None:
    if _is_number(value) and not -_NUMBERS <= value <= _NUMBERS:
        raise Wrong("Value must be between -1.0E9 and 1.0E9, inclusive")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_anything_but(value: Any) -> None:
    if isinstance(value, dict):
        if len(value) != 1 or next(iter(value)) not in ("prefix", "suffix"):
            raise Wrong("Unsupported anything-but pattern")
        _check_text(*next(iter(value.items())))
        return
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, str) or _is_number(one) for one in values):
        raise Wrong("Inside anything but list, start|null|boolean is not supported.")


def _check_numeric(value: Any) -> None:
    if not isinstance(value, list) or len(value) not in (2, 4):
        raise Wrong("Invalid member in numeric match: must be an array of operators and numbers")
    for sign, number in zip(value[::2], value[1::2], strict=True):
        if sign not in _COMPARISONS:
            raise Wrong(f"Unrecognized numeric range operator: {sign}")
        if not _is_number(number):
            raise Wrong(f"Value of {sign} must be numeric")
        _check_number(number)


def _check_cidr(value: Any) -> None:
    if not isinstance(value, str):
        raise Wrong("prefix match pattern must be a string")
    address, slash, bits = value.partition("/")
    if not slash or "/" in bits:
        raise Wrong("Malformed CIDR, one '/' required")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise Wrong(f"Nonstandard IP address: {address}") from None
    if not _BITS.fullmatch(bits):
        raise Wrong("Malformed CIDR, mask bits must be an integer")
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise Wrong("Malformed CIDR, mask bits must not be too many") from None


def _leaves(policy: Policy, depth: int) -> Iterator[tuple[int, int]]:
    """Yield for each key how deep it is and how many conditions it has."""
    for name, rule in policy.items():
        if name == "$or" and _is_or(rule):
            for one in rule:
                yield from _leaves(one, depth)
        elif isinstance(rule, dict):
            yield from _leaves(rule, depth + 1)
        else:
            yield depth, len(rule)


def _combinations(policy: Policy, depth: int) -> int:
    """Return the product of the conditions of all keys, each times its depth; the sum over what `$or` offers."""
    total = 1
    for name, rule in policy.items():
        if name == "$or" and _is_or(rule):
            total *= sum(_combinations(one, depth) for one in rule)
        elif isinstance(rule, dict):
            total *= _combinations(rule, depth + 1)
        else:
            total *= len(rule) * depth
    return total
