"""JSON values to parameters, by shape: names, types, timestamps, blobs. Knows neither requests nor rules."""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from clary.wire import timestamps
from clary.wire.parse.errors import serialization, wrong_type
from clary.wire.parse.numbers import BOUNDS

if TYPE_CHECKING:
    from clary.wire.model import ServiceModel
    from clary.wire.shapes import Shape

Read = Callable[[Any], Any]
_TOO_LARGE = 2**1024  # for a double: CBOR has integers of any size
_NOT_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


# A container takes a hundred bytes of memory and two of the body. No operation takes as many.
_MOST_CONTAINERS = 200_000


def loads(body: bytes) -> Any:
    """Return the value of a JSON body; an empty one is an empty object. Raise AwsError(SerializationException)."""
    if not body:
        return {}
    if len(body) > _MOST_CONTAINERS and body.count(b"{") + body.count(b"[") > _MOST_CONTAINERS:
        raise serialization("The request body has too many elements.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise serialization("The request body is not well-formed JSON.") from None


class Reader:
    """Compiles shapes to functions of one JSON value. Unknown members and nulls are dropped, as AWS does.

    A member with `jsonvalue` is text in a body, which is what botocore's users give; only in headers is it a value.
    """

    def __init__(self, service: ServiceModel) -> None:
        self._made: dict[str, Read] = service.compiled.setdefault("read json", {})

    def of(self, shape: Shape) -> Read:
        kind = shape.type_name
        if kind in ("structure", "list", "map"):
            if shape.metadata.get("document"):
                return _as_it_is
            if shape.name not in self._made:
                getattr(self, "_" + kind)(shape)
            return self._made[shape.name]
        if kind in BOUNDS:
            return _integer(kind)
        return _SCALARS[kind]

    def _structure(self, shape: Any) -> None:
        members: dict[str, tuple[str, Read]] = {}

        def structure(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise wrong_type(value, "structure")
            out = {}
            for key, item in value.items():
                found = members.get(key)
                if found is not None and item is not None:
                    out[found[0]] = found[1](item)
            return out

        self._made[shape.name] = structure  # before its members: a shape may hold itself
        for name, member in shape.members.items():
            members[member.serialization.get("name", name)] = (name, self.of(member))

    def _list(self, shape: Any) -> None:
        read: list[Read] = []

        def elements(value: Any) -> list[Any]:
            if type(value) is not list:
                raise wrong_type(value, "list")
            one = read[0]
            return [None if item is None else one(item) for item in value]

        self._made[shape.name] = elements
        read.append(self.of(shape.member))

    def _map(self, shape: Any) -> None:
        read: list[Read] = []
        sparse = bool(shape._shape_model.get("sparse"))

        def entries(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise wrong_type(value, "map")
            one = read[0]
            if sparse:
                return {key: None if item is None else one(item) for key, item in value.items()}
            return {key: one(item) for key, item in value.items() if item is not None}

        self._made[shape.name] = entries
        read.append(self.of(shape.value))


def _as_it_is(value: Any) -> Any:
    return value


def _string(value: Any) -> str:
    if type(value) is str:
        return value
    raise wrong_type(value, "string")


def _boolean(value: Any) -> bool:
    if value is True or value is False:
        return value
    raise wrong_type(value, "boolean")


def _integer(kind: str) -> Read:
    low, high = BOUNDS[kind]

    def integer(value: Any) -> int:
        if type(value) is float and value == value and abs(value) < 2**63:
            value = int(value)  # AWS truncates: its parser's class is called TruncatingBigNumber
        if type(value) is int and low <= value <= high:
            return value
        raise wrong_type(value, kind)

    return integer


def _float(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int and abs(value) < _TOO_LARGE:
        return float(value)
    if type(value) is str and value in _NOT_NUMBERS:
        return _NOT_NUMBERS[value]
    raise wrong_type(value, "double")


def _timestamp(value: Any) -> float:
    if type(value) in (float, int) and abs(value) <= timestamps.FARTHEST:
        return value
    if type(value) is str:
        try:
            return timestamps.parse(value)
        except ValueError:
            pass
    raise wrong_type(value, "timestamp")


def _blob(value: Any) -> bytes:
    if type(value) is not str:
        raise wrong_type(value, "blob")
    try:
        return a2b_base64(value, strict_mode=True) if value else b""
    except (Base64Error, ValueError):
        raise serialization(f"'{value[:64]}' can not be converted to a Blob") from None


_SCALARS: dict[str, Read] = {
    "string": _string,
    "character": _string,
    "boolean": _boolean,
    "float": _float,
    "double": _float,
    "timestamp": _timestamp,
    "blob": _blob,
}
