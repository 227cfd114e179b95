"""CBOR values to parameters, by shape (smithy-rpc-v2-cbor). Knows neither requests nor rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clary.kernel import AwsError
from clary.wire import timestamps
from clary.wire.parse import json
from clary.wire.parse.errors import serialization, wrong_type

if TYPE_CHECKING:
    from clary.wire.shapes import Shape


# A byte of CBOR can be a whole container, so fewer bytes are taken than of JSON. PutMetricData takes 1 MB.
LARGEST = 2 << 20
_DEPTH = 200
# What cbor2 decodes by itself beside tag 1 (timestamps) and tags 2 and 3 (integers), which Smithy's RPC v2 CBOR protocol
# uses (https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html): dates as text, fractions, references,
# regular expressions, messages, UUIDs, sets, addresses. Some cost more than they are long, and none is a parameter.
_FOREIGN_TAGS = (0, 4, 5, 25, 28, 29, 30, 35, 36, 37, 43, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def loads(body: bytes) -> Any:
    """Return the value of a CBOR body; an empty one is an empty map. Raise AwsError(SerializationException)."""
    if not body:
        return {}
    if len(body) > LARGEST:
        raise AwsError("RequestEntityTooLarge", "The request body is too large.", 413)
    import cbor2  # 2 MiB that only requests in CBOR need

    try:
        return cbor2.loads(body, semantic_decoders=_REFUSING, max_depth=_DEPTH, strict_hashable_types=True)
    except (cbor2.CBORDecodeError, ValueError, OverflowError, RecursionError):
        raise serialization("The request body is not well-formed CBOR.") from None


def _refuse(value: Any, immutable: bool) -> Any:
    from cbor2 import CBORDecodeError

    raise CBORDecodeError("a tag of another use")


_REFUSING: dict[int, Callable[[Any, bool], Any]] = dict.fromkeys(_FOREIGN_TAGS, _refuse)


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
