"""What AWS says of bytes that it cannot read as the model wants them. Knows no protocol's grammar."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError

_JAVA = {
    "string": "String",
    "integer": "Integer",
    "long": "Long",
    "float": "Float",
    "double": "Double",
    "boolean": "Boolean",
    "timestamp": "Timestamp",
    "blob": "Blob",
    "character": "Character",
}


def wrong_type(value: Any, wanted: str) -> AwsError:
    """Return a value of the wrong JSON type for a shape (`string`, `integer`, `list` ...)."""
    if isinstance(value, dict):
        return serialization("Start of structure or map found where not expected")
    if wanted == "list":
        return serialization("Expected list or null")
    if wanted in ("structure", "map") and not isinstance(value, list):
        return serialization("Unexpected field type")
    if isinstance(value, list):
        return serialization("Start of list found where not expected")
    return serialization(f"{_token(value)} cannot be converted to {_JAVA.get(wanted, wanted.title())}")


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"


def serialization(message: str) -> AwsError:
    """Return the error of a body that is not what the protocol says."""
    return AwsError("SerializationException", message)


def malformed_xml() -> AwsError:
    return AwsError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
