"""Values that travel as text in response headers. Knows no response."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from clary.wire import timestamps
from clary.wire.decimals import decimal

if TYPE_CHECKING:
    from clary.wire.shapes import Shape

Write = Callable[[Any], str]


def writer(shape: Shape) -> Write:
    """Return what makes a header's value of a value of this shape."""
    kind = shape.type_name
    if shape.serialization.get("jsonvalue"):
        return lambda value: b64encode(orjson.dumps(value)).decode()
    if kind == "timestamp":
        return timestamps.WRITERS[shape.serialization.get("timestampFormat", "rfc822")]
    if kind == "list":
        return _list(shape)
    return _TEXTS.get(kind, header)


def header(value: Any) -> str:
    """Return a header's value: on one line, and as it is where ISO-8859-1 has all of its characters (RFC
    9110, 5.5); otherwise as an RFC 2047 word."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text or "\n" in text or "\0" in text:
        text = " ".join(text.replace("\0", " ").split())
    return (
        text if all(char <= "\xff" for char in text) else f"=?UTF-8?B?{b64encode(text.encode()).decode()}?="
    )


def _list(shape: Any) -> Write:
    write = writer(shape.member)
    if shape.member.type_name == "string":
        return lambda value: ", ".join(_quoted(header(item)) for item in value if item is not None)
    return lambda value: ", ".join(write(item) for item in value if item is not None)


def _quoted(text: str) -> str:
    """Return a part of a list, in quotes where it could be taken for two."""
    if "," in text or '"' in text:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return text


_TEXTS: dict[str, Write] = {
    "boolean": lambda value: "true" if value else "false",
    "integer": lambda value: str(int(value)),
    "long": lambda value: str(int(value)),
    "float": decimal,
    "double": decimal,
    "blob": lambda value: b64encode(value).decode(),
}
