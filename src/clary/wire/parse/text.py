"""Values that travel as text in paths, query strings and headers. Knows no request."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from clary.wire import timestamps
from clary.wire.parse import numbers
from clary.wire.parse.xml import boolean

if TYPE_CHECKING:
    from clary.wire.shapes import Shape

Read = Callable[[str], Any]
_LIST_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"\s*|([^,]*))(?:,|$)')
_DATE_ITEM = re.compile(r"\s*([^,]*(?:,[^,]*)?)\s*(?:,|$)")


def reader(shape: Shape) -> Read | None:
    """Return what turns text into a value of this shape, None where text is the value. It raises ValueError."""
    kind = shape.type_name
    if kind == "list":
        return _list(shape)
    if shape.serialization.get("jsonvalue"):
        return lambda text: orjson.loads(base64.b64decode(text))
    return None if kind in ("string", "character") else _SCALARS[kind]


def _list(shape: Any) -> Read:
    """Return a header's list: parts between commas, quoted where a part has a comma; HTTP dates have one
    each."""
    read = reader(shape.member) or str
    dates = shape.member.type_name == "timestamp"
    if dates and shape.member.serialization.get("timestampFormat", "rfc822") == "rfc822":
        return lambda text: [read(part) for part in _DATE_ITEM.findall(text) if part]
    return lambda text: [read(part) for part in _parts(text)]


def _parts(text: str) -> list[str]:
    found = []
    for item in _LIST_ITEM.finditer(text):
        if item[1] is not None:
            found.append(re.sub(r"\\(.)", r"\1", item[1]))
        elif plain := item[2].rstrip():
            found.append(plain)
    return found


def _blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(text) from None


_SCALARS: dict[str, Read] = {
    "boolean": boolean,
    "integer": numbers.integer,
    "long": numbers.long,
    "float": numbers.floating,
    "double": numbers.floating,
    "timestamp": timestamps.parse,
    "blob": _blob,
}
