"""CBOR values to parameters, by shape (smithy-rpc-v2-cbor). Knows neither requests nor rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import cbor2

from clary.wire import timestamps
from clary.wire.parse import json
from clary.wire.parse.refusals import serialization, wrong_type

if TYPE_CHECKING:
    from clary.wire.shapes import Shape


def loads(body: bytes) -> Any:
    """A CBOR body; an empty one is an empty map. Raises AwsError(SerializationException)."""
    if not body:
        return {}
    try:
        return cbor2.loads(body)
    except (cbor2.CBORDecodeError, ValueError, OverflowError, RecursionError):
        raise serialization("The request body is not well-formed CBOR.") from None


class Reader(json.Reader):
    """As for JSON, but for blobs, which are bytes, and timestamps, which carry CBOR's tag 1."""

    def __init__(self, service: Any) -> None:
        self._made = service.compiled.setdefault("read cbor", {})

    def of(self, shape: Shape) -> Callable[[Any], Any]:
        if shape.type_name == "blob":
            return _blob
        return _timestamp if shape.type_name == "timestamp" else super().of(shape)


def _blob(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    raise wrong_type(value, "blob")


def _timestamp(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    if type(value) in (float, int) and abs(value) <= timestamps.FARTHEST:
        return value
    raise wrong_type(value, "timestamp")
