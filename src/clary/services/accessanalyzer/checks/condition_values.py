"""The values of conditions: do they fit the operator?"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator
from datetime import datetime

from clary.services.accessanalyzer.findings import Finding
from clary.services.accessanalyzer.json_tree import Member, Node

_EPOCH = re.compile(r"\d{5,}")
_PLAIN_OPERATORS = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")


def check(operator: str, written: str, key: Member) -> Iterator[Finding]:
    """Yield what is wrong with the values of a key. `operator` has no qualifier and no suffix; `written` has them."""
    values = key.node.listed()
    if key.node.kind == "object" or any(value.kind in ("object", "array", "null") for value in values):
        yield Finding("DATA_TYPE_MISMATCH", key.node, type="String")
        return
    if len({value.kind for value in values}) > 1:
        yield Finding("INVALID_CONDITION_DATA_TYPE", key.node)
    if operator in ("Bool", "Null") and len(values) > 1:
        yield Finding("INVALID_CONDITION_MULTIPLE_BOOLEAN", key.node)
    for value in values:
        yield from _value(operator, written, value)
    if operator in ("IpAddress", "NotIpAddress") and key.name.lower() == "aws:sourceip":
        yield from _private(operator, key)


def _value(operator: str, written: str, value: Node) -> Iterator[Finding]:
    text = str(value.value)
    if (
        operator in _PLAIN_OPERATORS
        and re.search(r"[*?]", text)
        and "${*}" not in text
        and "${?}" not in text
    ):
        yield Finding("WILDCARD_WITHOUT_LIKE_OPERATOR", value)
    kind = next((kind for kind in _TESTS if operator.removeprefix("Not").startswith(kind)), None)
    if kind is None:
        return
    if "${" in text:
        yield Finding("INVALID_VARIABLE_FOR_OPERATOR", value)
    elif kind == "Date" and (value.kind == "number" or _EPOCH.fullmatch(text)):
        yield Finding("INVALID_DATE_VALUE", value, date=_as_written(value))
    elif not _TESTS[kind][0](value):
        yield Finding(_TESTS[kind][1], value, operator=written)
    elif kind == "IpAddress":
        yield from _range(value)


def _as_written(value: Node) -> str:
    return str(int(value.value)) if value.kind == "number" else str(value.value)


def _is_boolean(value: Node) -> bool:
    return str(value.value).lower() in ("true", "false")


def _is_number(value: Node) -> bool:
    try:
        float(value.value)
    except ValueError:
        return False
    return value.kind != "boolean"


def _is_date(value: Node) -> bool:
    text = str(value.value)
    try:
        datetime.fromisoformat(f"{text}-01-01"[:10] if re.fullmatch(r"\d{4}(-\d\d)?", text) else text)
    except ValueError:
        return False
    return True


def _is_base64(value: Node) -> bool:
    try:
        base64.b64decode(str(value.value), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_range(value: Node) -> bool:
    return _network(value) is not None


# The start of an operator's name -> the test of its values, and what is said of those that fail.
_TESTS: dict[str, tuple[Callable[[Node], bool], str]] = {
    "Bool": (_is_boolean, "TYPE_MISMATCH_BOOLEAN"),
    "Null": (_is_boolean, "TYPE_MISMATCH_BOOLEAN"),
    "Numeric": (_is_number, "TYPE_MISMATCH_NUMBER"),
    "Date": (_is_date, "TYPE_MISMATCH_DATE"),
    "Binary": (_is_base64, "TYPE_MISMATCH_STRING"),
    "IpAddress": (_is_range, "TYPE_MISMATCH_IP_RANGE"),
}


def _network(value: Node) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(str(value.value), strict=False)
    except ValueError:
        return None


def _range(value: Node) -> Iterator[Finding]:
    found = _network(value)
    written = str(value.value).partition("/")[0]
    if found is not None and ipaddress.ip_address(written) != found.network_address:
        yield Finding("IMPROVE_IP_RANGE", value, address=str(found))


def _private(operator: str, key: Member) -> Iterator[Finding]:
    """Yield a finding for networks that are not public (RFC 6890), from which no request comes to AWS."""
    found = [network for value in key.node.listed() if (network := _network(value)) is not None]
    private = [network for network in found if network.is_private]
    if not private:
        return
    code = "PRIVATE_NOT_IP_ADDRESS" if operator == "NotIpAddress" else "PRIVATE_IP_ADDRESS"
    yield Finding(code if len(private) == len(found) else f"{code}_SUBSET", key.node)
