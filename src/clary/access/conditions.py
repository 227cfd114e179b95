"""The Condition element of a policy: operators, set qualifiers, …IfExists. Knows no policy and no request.

Source of every rule: "IAM JSON policy elements: Condition operators" and "Multivalued context keys" (IAM User
Guide).
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from clary.access.patterns import Keys, Template, arn_regex, unescape, wildcard_regex

_YEAR_OR_MONTH = re.compile(r"\d{4}(-\d\d)?").fullmatch
Test = Callable[[Keys], bool]
Comparison = Callable[[str, str], bool]


def compile_conditions(element: Mapping[str, Any], variables: bool, allow: bool) -> tuple[Test, ...]:
    """Return one test for each operator and key; all must hold. Raise ValueError for an unknown operator.

    A variable without a value equals nothing, so a negated operator holds for it. In a Deny statement it does
    ("Policy variables with no value"). In an Allow statement (`allow`) it does not, since the statement would
    allow more than its author meant.
    """
    return tuple(
        _test(operator, key, [Template(_text(value), variables) for value in _listed(values)], allow)
        for operator, wanted in element.items()
        for key, values in wanted.items()
    )


def keys_of(element: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the context keys in a Condition element, as written."""
    return tuple(key for wanted in element.values() for key in wanted)


def is_operator(name: str) -> bool:
    """Return whether AWS has a condition operator of this name, which may have a qualifier and a suffix."""
    return _split(name)[1] in _OPERATORS or name == "Null"


def _test(operator: str, key: str, wanted: Sequence[Template], allow: bool) -> Test:
    key = key.lower()
    if operator == "Null":
        return partial(_is_null, key, any(value.raw.lower() == "true" for value in wanted))
    qualifier, name, if_exists = _split(operator)
    if name not in _OPERATORS:
        raise ValueError(operator)
    comparison, negated = _OPERATORS[name]
    quantify = _QUANTIFIERS[qualifier]
    absent = _when_absent(qualifier, negated, if_exists)
    fixed = all(value.fixed for value in wanted)

    def holds(keys: Keys) -> bool:
        present = keys.get(key)
        if not present:  # a key without values counts as absent
            return absent
        against = [text for value in wanted if (text := value.fill(keys)) is not None]
        return quantify(comparison, present, against, negated)

    def holds_if_known(keys: Keys) -> bool:
        return all(value.fill(keys) is not None for value in wanted) and holds(keys)

    return holds_if_known if allow and negated and not fixed else holds


def _is_null(key: str, wanted: bool, keys: Keys) -> bool:
    return (not keys.get(key)) is wanted


def _when_absent(qualifier: str, negated: bool, if_exists: bool) -> bool:
    if qualifier == "ForAllValues":
        return True
    if qualifier == "ForAnyValue":
        return if_exists
    return if_exists or negated


def _plain(comparison: Comparison, present: Sequence[str], wanted: Sequence[str], negated: bool) -> bool:
    matches = any(_matches_any(comparison, value, wanted) for value in present)
    return matches is not negated


def _for_all(comparison: Comparison, present: Sequence[str], wanted: Sequence[str], negated: bool) -> bool:
    return all(_matches_any(comparison, value, wanted) is not negated for value in present)


def _for_any(comparison: Comparison, present: Sequence[str], wanted: Sequence[str], negated: bool) -> bool:
    return any(_matches_any(comparison, value, wanted) is not negated for value in present)


def _matches_any(comparison: Comparison, value: str, wanted: Sequence[str]) -> bool:
    return any(comparison(value, text) for text in wanted)


_QUANTIFIERS = {"": _plain, "ForAllValues": _for_all, "ForAnyValue": _for_any}


def _split(operator: str) -> tuple[str, str, bool]:
    """Split `ForAnyValue:StringLikeIfExists` into ("ForAnyValue", "StringLike", True)."""
    qualifier, colon, name = operator.rpartition(":")
    if colon and qualifier not in ("ForAllValues", "ForAnyValue"):
        return "", "", False
    return qualifier, name.removesuffix("IfExists"), name.endswith("IfExists")


def _listed(values: Any) -> Sequence[Any]:
    return values if isinstance(values, list) else [values]


def _text(value: Any) -> str:
    """Return a JSON scalar as IAM compares it: `true` becomes "true"."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equal(value: str, wanted: str) -> bool:
    return value == unescape(wanted)


def _equal_ignoring_case(value: str, wanted: str) -> bool:
    return value.casefold() == unescape(wanted).casefold()


def _like(value: str, wanted: str) -> bool:
    return wildcard_regex(wanted).fullmatch(value) is not None


def _arn_like(value: str, wanted: str) -> bool:
    return arn_regex(wanted).fullmatch(value) is not None


def _numeric(compare: Callable[[float, float], bool]) -> Comparison:
    return partial(_by_value, _number, compare)


def _date(compare: Callable[[float, float], bool]) -> Comparison:
    return partial(_by_value, _timestamp, compare)


def _by_value(
    read: Callable[[str], float], compare: Callable[[float, float], bool], value: str, wanted: str
) -> bool:
    try:
        return compare(read(value), read(unescape(wanted)))
    except (ValueError, OverflowError):
        return False


def _number(text: str) -> float:
    return float(text)


@lru_cache(maxsize=1024)
def _timestamp(text: str) -> float:
    """Return epoch seconds for a time in ISO 8601 (a W3C profile, from the year on; default UTC) or epoch
    seconds."""
    if re.fullmatch(r"-?\d+(\.\d+)?", text) and len(text) != 4:
        return float(text)
    moment = datetime.fromisoformat(f"{text}-01-01"[:10] if _YEAR_OR_MONTH(text) else text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _equal_bool(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


def _equal_bytes(value: str, wanted: str) -> bool:
    try:
        return base64.b64decode(value) == base64.b64decode(unescape(wanted))
    except ValueError:
        return False


def _in_network(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(value) in _network(unescape(wanted))
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}
# Operator -> (comparison of one value with one wanted text, whether the result is negated). ArnEquals and
# ArnLike behave identically (IAM User Guide).
_OPERATORS: dict[str, tuple[Comparison, bool]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_equal_ignoring_case, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_arn_like, False),
    "ArnLike": (_arn_like, False),
    "ArnNotEquals": (_arn_like, True),
    "ArnNotLike": (_arn_like, True),
    "Bool": (_equal_bool, False),
    "BinaryEquals": (_equal_bytes, False),
    "IpAddress": (_in_network, False),
    "NotIpAddress": (_in_network, True),
    "NumericNotEquals": (_numeric(_ORDERS["Equals"]), True),
    "DateNotEquals": (_date(_ORDERS["Equals"]), True),
    **{f"Numeric{name}": (_numeric(compare), False) for name, compare in _ORDERS.items()},
    **{f"Date{name}": (_date(compare), False) for name, compare in _ORDERS.items()},
}
