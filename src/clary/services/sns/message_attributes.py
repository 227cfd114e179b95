"""Attributes of messages: what they may be (recorded: test_empty_or_wrong_message_attributes)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from clary.services.sns.errors import bad_value

Attributes = Mapping[str, Mapping[str, Any]]

_KINDS = re.compile(r"(String|Number|Binary)(\..+)?")
_OTHER = re.compile(r"[^A-Za-z0-9_.-]")
_NUMBER = re.compile(r"[+-]?([0-9]{1,38}(\.[0-9]{0,38})?|\.[0-9]{1,38})([eE][+-]?[0-9]{1,3})?")


def check(attributes: Attributes) -> None:
    """Raise ParameterValueInvalid for attributes that a message may not have."""
    for name, one in attributes.items():
        _check_name(name)
        _check_value(name, one)


def _check_name(name: str) -> None:
    if len(name.encode()) >= 256:
        raise bad_value("Length of message attribute name must be less than 256 bytes.")
    if found := _OTHER.search(name):
        said = f"Invalid non-alphanumeric character '#x{ord(found[0]):X}' was found in the message attribute name."
        raise bad_value(f"{said} Can only include alphanumeric characters, hyphens, underscores, or dots.")
    if name.startswith("."):
        raise bad_value("Invalid message attribute name starting with character '.' was found.")
    if name.endswith("."):
        raise bad_value("Invalid message attribute name ending with character '.' was found.")
    if ".." in name or not name:
        raise bad_value("Message attribute name can not have successive '.' character.")


def _check_value(name: str, one: Mapping[str, Any]) -> None:
    kind = one.get("DataType", "")
    found = _KINDS.fullmatch(kind)
    if found is None:
        raise bad_value(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is"
            " Binary, Number, and String."
        )
    field = "Binary" if found[1] == "Binary" else "String"
    other = "String" if field == "Binary" else "Binary"
    if one.get(f"{other}Value"):
        raise bad_value(f"The message attribute '{name}' with type '{kind}' must use field '{field}'.")
    value = one.get(f"{field}Value")
    if not value:
        said = "must contain non-empty message attribute value for message attribute type"
        raise bad_value(f"The message attribute '{name}' {said} '{kind}'.")
    if found[1] == "Number" and not _NUMBER.fullmatch(value):
        raise bad_value(f"Could not cast message attribute '{name}' value to number.")


def size(attributes: Attributes) -> int:
    """Return how many bytes the names, types and values have."""
    return sum(
        len(name.encode())
        + len(one["DataType"].encode())
        + len(one.get("BinaryValue") or one["StringValue"].encode())
        for name, one in attributes.items()
    )


def to_json(attributes: Attributes) -> dict[str, dict[str, str]]:
    """Return attributes as a notification has them: type and value, binary ones in Base64."""
    return {
        name: {
            "Type": one["DataType"],
            "Value": base64.b64encode(one["BinaryValue"]).decode()
            if one.get("BinaryValue")
            else one["StringValue"],
        }
        for name, one in attributes.items()
    }


def to_sqs(kept: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Any]]:
    """Return attributes of a notification as SendMessage takes them."""
    return {
        name: {"DataType": one["Type"], "BinaryValue": base64.b64decode(one["Value"])}
        if one["Type"].startswith("Binary")
        else {"DataType": one["Type"], "StringValue": one["Value"]}
        for name, one in kept.items()
    }
