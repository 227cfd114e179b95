"""Attributes of messages: what they may be, their digest and their size. Knows no queue.

Source: "Amazon SQS message metadata" and "Calculating the MD5 message digest for message attributes" (Developer Guide); sentences
as users reported them (localstack/localstack#2394, getmoto/moto#3024).
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from collections.abc import Iterable, Mapping
from typing import Any

from clary.services.sqs.errors import invalid, unsupported

Attributes = Mapping[str, Mapping[str, Any]]

_MOST = 10
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_RESERVED = ("aws.", "amazon.")
_TYPE = re.compile(r"(String|Number|Binary)(\..+)?")
_LONGEST_TYPE = 256
_NUMBER = re.compile(r"[+-]?([0-9]{1,38}(\.[0-9]{0,38})?|\.[0-9]{1,38})([eE][+-]?[0-9]{1,3})?")
# "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF" (SendMessage, API reference)
UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TEXT, _BINARY = b"\x01", b"\x02"


def check(attributes: Attributes, limit: int = _MOST) -> None:
    """Raise InvalidParameterValue for attributes that a message may not have."""
    if len(attributes) > limit:
        raise invalid(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{limit}]."
        )
    for name, attribute in attributes.items():
        _check_name(name)
        _check_value(name, attribute)


def _check_name(name: str) -> None:
    bad = not _NAME.fullmatch(name) or name[0] == "." or name[-1] == "." or ".." in name
    if bad or name.lower().startswith(_RESERVED):
        raise invalid(
            "Message (user) attribute name can contain only A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.)"
            " characters, and can neither begin nor end with a period, nor with AWS. or Amazon."
        )


def _check_value(name: str, attribute: Mapping[str, Any]) -> None:
    kind = attribute.get("DataType", "")
    if not kind:
        raise invalid(f"The message attribute '{name}' must contain non-empty message attribute type.")
    found = _TYPE.fullmatch(kind)
    if found is None or len(kind) > _LONGEST_TYPE:
        raise invalid(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes"
            " is Binary, Number, and String."
        )
    if attribute.get("StringListValues") or attribute.get("BinaryListValues"):
        raise unsupported("Message attribute list values in SendMessage operation are not supported.")
    field = "BinaryValue" if found[1] == "Binary" else "StringValue"
    other = "StringValue" if found[1] == "Binary" else "BinaryValue"
    if attribute.get(other):
        raise invalid(f"The message attribute '{name}' with type '{kind}' must use field '{found[1]}'.")
    value = attribute.get(field)
    if not value:
        raise invalid(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type"
            f" '{kind}'."
        )
    if found[1] == "Number" and not _NUMBER.fullmatch(value):
        raise invalid(f"Can't cast the value of message (user) attribute '{name}' to a number.")
    if isinstance(value, str) and UNSAYABLE.search(value):
        raise invalid(f"The message attribute '{name}' has a value with characters that are not allowed.")


def size(attributes: Attributes) -> int:
    """Return how many bytes the names, types and values have."""
    return sum(
        len(name.encode()) + len(one["DataType"].encode()) + len(_value(one))
        for name, one in attributes.items()
    )


def digest(attributes: Attributes) -> str:
    """Return the MD5 of attributes, by which clients check them."""
    md5 = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes, key=str.encode):
        one = attributes[name]
        binary = one["DataType"].startswith("Binary")
        md5.update(_framed(name.encode()) + _framed(one["DataType"].encode()))
        md5.update((_BINARY if binary else _TEXT) + _framed(_value(one)))
    return md5.hexdigest()


def _framed(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _value(attribute: Mapping[str, Any]) -> bytes:
    if attribute["DataType"].startswith("Binary"):
        return bytes(attribute["BinaryValue"])
    return str(attribute["StringValue"]).encode()


def to_json(attributes: Attributes) -> dict[str, list[Any]]:
    """Return attributes as JSON holds them: binary values in Base64."""
    return {
        name: [
            one["DataType"],
            base64.b64encode(_value(one)).decode() if _is_binary(one) else one["StringValue"],
        ]
        for name, one in attributes.items()
    }


def from_json(kept: Mapping[str, list[Any]]) -> dict[str, dict[str, Any]]:
    """Return attributes as ReceiveMessage shows them."""
    return {
        name: {"DataType": kind, "BinaryValue": base64.b64decode(value)}
        if kind.startswith("Binary")
        else {"DataType": kind, "StringValue": value}
        for name, (kind, value) in kept.items()
    }


def _is_binary(attribute: Mapping[str, Any]) -> bool:
    return attribute["DataType"].startswith("Binary")


def chosen(attributes: Mapping[str, Any], wanted: Iterable[str]) -> dict[str, Any]:
    """Return the attributes that names ask for: `All`, `.*`, `prefix.*` or a name (ReceiveMessage, API reference)."""
    exact = set(wanted)
    if exact & {"All", ".*"}:
        return dict(attributes)
    prefixes = tuple(name[:-1] for name in exact if name.endswith(".*"))
    return {
        name: one
        for name, one in attributes.items()
        if name in exact or (prefixes and name.startswith(prefixes))
    }
