"""JSON as text, as Step Functions writes it: compact, without escapes for what is not ASCII."""

from __future__ import annotations

import json
import math
from typing import Any

import orjson

DEEPEST = 128
"""How far values may be nested. Deeper ones are refused before anything walks through them."""


def dump(value: Any) -> str:
    """Return a value as compact JSON."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # integers of more than 64 bits
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def load(text: str) -> Any:
    """Return the value of JSON text. Raise ValueError for text that is not JSON, or is nested too deeply."""
    try:
        value = orjson.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not is_flat_enough(text):
        raise ValueError("nested too deeply")
    return value


def is_flat_enough(text: str) -> bool:
    """Return whether JSON text is nested at most DEEPEST levels deep; texts with fewer brackets need no look."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return True
    depth, in_string, escaped = 0, False, False
    for letter in text:
        if in_string:
            escaped, in_string = not escaped and letter == "\\", escaped or letter != '"'
        elif letter == '"':
            in_string = True
        elif letter in "[{":
            depth += 1
            if depth > DEEPEST:
                return False
        elif letter in "]}":
            depth -= 1
    return True


def kind_of(value: Any) -> str:
    """Return JSON's word for the type of a value, as AWS's messages have it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


def is_number(value: Any) -> bool:
    """Return whether a value is a JSON number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_integer(value: Any) -> bool:
    """Return whether a value is a whole number."""
    return is_number(value) and math.isfinite(value) and value == int(value)
