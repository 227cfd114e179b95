"""Results to CBOR values, by shape (smithy-rpc-v2-cbor). Knows no responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clary.wire import timestamps
from clary.wire.serialize.json import NUMBERS, Write, Writer

if TYPE_CHECKING:
    from clary.wire.shapes import Shape


class CborWriter(Writer):
    """As for JSON, but blobs are bytes, timestamps carry tag 1, and every float can be said."""

    cache_name = "write cbor"

    def scalar(self, shape: Shape) -> Write | None:
        if shape.type_name == "timestamp":
            import cbor2  # not before the first answer in CBOR

            return lambda moment: cbor2.CBORTag(1, timestamps.epoch(moment))
        if shape.type_name == "blob":
            return lambda value: value.encode() if isinstance(value, str) else value
        return float if shape.type_name in ("float", "double") else NUMBERS.get(shape.type_name)


def dumps(value: Any) -> bytes:
    import cbor2

    return cbor2.dumps(value)
