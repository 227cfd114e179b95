"""Results to JSON values, by shape: names, timestamps, blobs, floats that JSON lacks. Knows no responses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import orjson

from clary.wire import timestamps
from clary.wire.decimals import not_a_number
from clary.wire.shapes import ServiceFacts, Shape

Write = Callable[[Any], Any]


class Writer:
    """Compiles shapes to functions of one value; None stands for values that go out as they are.

    Members that the shape lacks are dropped, and so are nulls.
    """

    cache_name = "write json"
    timestamp_format = "unixTimestamp"

    def __init__(self, service: ServiceFacts) -> None:
        self._made: dict[Any, Any] = service.compiled.setdefault(self.cache_name, {})

    def of(self, shape: Shape) -> Write | None:
        kind = shape.type_name
        if kind in ("structure", "list", "map"):
            if shape.metadata.get("document"):
                return None
            if shape.name not in self._made:
                getattr(self, "_" + kind)(shape)
            return self._made[shape.name]
        return self.scalar(shape)

    def document(self, shape: Shape) -> Write:
        """Return a writer of a whole document, which is never empty."""
        return self.of(shape) or _same

    def scalar(self, shape: Shape) -> Write | None:
        if shape.serialization.get("jsonvalue"):
            return lambda value: value if isinstance(value, str) else orjson.dumps(value).decode()
        if shape.type_name == "timestamp":
            wanted = shape.serialization.get("timestampFormat", self.timestamp_format)
            return timestamps.epoch if wanted == "unixTimestamp" else timestamps.WRITERS[wanted]
        if shape.type_name == "blob":
            return blob
        return NUMBERS.get(shape.type_name)

    def _structure(self, shape: Any) -> None:
        members: dict[str, tuple[str, Write | None]] = {}

        def structure(value: Any) -> dict[str, Any]:
            out = {}
            if len(value) > len(members):  # the entry of a list is made of all that Describe shows
                for name, (wire, write) in members.items():
                    item = value.get(name)
                    if item is not None:
                        out[wire] = item if write is None else write(item)
                return out
            for name, item in value.items():
                found = members.get(name)
                if found is not None and item is not None:
                    wire, write = found
                    out[wire] = item if write is None else write(item)
            return out

        self._made[shape.name] = structure  # before its members: a shape may hold itself
        for name, member in shape.members.items():
            members[name] = (self.wire_name(member, name), self.of(member))

    def wire_name(self, member: Shape, name: str) -> str:
        return member.serialization.get("name", name)

    def _list(self, shape: Any) -> None:
        write: list[Write | None] = [None]

        def elements(value: Any) -> list[Any]:
            one = write[0]
            if one is None:
                return list(value)
            return [None if item is None else one(item) for item in value]

        self._made[shape.name] = elements
        write[0] = self.of(shape.member)

    def _map(self, shape: Any) -> None:
        write: list[Write | None] = [None]
        sparse = bool(shape._shape_model.get("sparse"))

        def entries(value: Any) -> dict[str, Any]:
            one = write[0] or _same
            return {
                key: None if item is None else one(item)
                for key, item in value.items()
                if sparse or item is not None
            }

        self._made[shape.name] = entries
        write[0] = self.of(shape.value)


def _same(value: Any) -> Any:
    return value


def blob(value: bytes | str) -> str:
    """Base64 text of bytes; text stands for its UTF-8."""
    return b64encode(value.encode() if isinstance(value, str) else value).decode()


def number(value: float) -> float | str:
    """Return a number, whole ones with their `.0`, or AWS's word for those that JSON cannot say."""
    if value - value == 0:
        return float(value)
    return not_a_number(value)


# Readers that are strict about types must see the one that the shape names, whatever a handler computed with.
NUMBERS: dict[str, Write] = {"float": number, "double": number, "integer": int, "long": int}
