"""Frames of `application/vnd.amazon.eventstream`: prelude, typed headers, payload, two checksums. Knows no model.

Layout (big-endian): total length u32, headers length u32, CRC32 of those eight bytes, headers, payload, CRC32 of all
before it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID
from zlib import crc32

Value = str | bool | int | bytes | float | UUID
_PRELUDE = struct.Struct(">III")
_LARGEST = 24 * 1024 * 1024  # bytes of one frame: AWS allows 16 MB of payload and 128 KB of headers
_INTEGERS = {2: ">b", 3: ">h", 4: ">i", 5: ">q", 8: ">q"}


class BadFrame(ValueError):
    """The bytes are not a whole, sound frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. Timestamps among the headers are given as milliseconds since the epoch."""

    headers: Mapping[str, Value]
    payload: bytes


def encode(headers: Mapping[str, Value], payload: bytes = b"") -> bytes:
    """Return a frame. A float among the headers is a timestamp in epoch seconds; an int is a 32-bit integer
    if it fits."""
    packed = b"".join(_header(name, value) for name, value in headers.items())
    total = 16 + len(packed) + len(payload)
    lengths = struct.pack(">II", total, len(packed))
    frame = b"".join((lengths, struct.pack(">I", crc32(lengths)), packed, payload))
    return frame + struct.pack(">I", crc32(frame))


def _header(name: str, value: Value) -> bytes:
    key = name.encode()
    return struct.pack(">B", len(key)) + key + _typed(value)


def _typed(value: Value) -> bytes:
    if isinstance(value, bool):
        return b"\x00" if value else b"\x01"
    if isinstance(value, str):
        text = value.encode()
        return struct.pack(">BH", 7, len(text)) + text
    if isinstance(value, bytes):
        return struct.pack(">BH", 6, len(value)) + value
    if isinstance(value, float):
        return struct.pack(">Bq", 8, round(value * 1000))
    if isinstance(value, UUID):
        return b"\x09" + value.bytes
    return struct.pack(">Bi", 4, value) if -(2**31) <= value < 2**31 else struct.pack(">Bq", 5, value)


def decode(data: bytes) -> tuple[Frame, int] | None:
    """Return the first frame of `data` and its length; None while it is not all there. Raise BadFrame."""
    if len(data) < 12:
        return None
    total, headers_length, checksum = _PRELUDE.unpack_from(data)
    if crc32(data[:8]) != checksum or not 16 + headers_length <= total <= _LARGEST:
        raise BadFrame("prelude")
    if len(data) < total:
        return None
    if crc32(data[: total - 4]) != int.from_bytes(data[total - 4 : total], "big"):
        raise BadFrame("message checksum")
    end = 12 + headers_length
    try:
        headers = dict(_headers(data[12:end]))
    except (struct.error, IndexError, UnicodeDecodeError):
        raise BadFrame("headers") from None
    return Frame(headers, bytes(data[end : total - 4])), total


def _headers(data: bytes) -> Iterator[tuple[str, Value]]:
    at = 0
    while at < len(data):
        size = data[at]
        name = data[at + 1 : at + 1 + size].decode()
        kind = data[at + 1 + size]
        value, at = _value(kind, data, at + 2 + size)
        yield name, value


def _value(kind: int, data: bytes, at: int) -> tuple[Value, int]:
    if kind in (0, 1):
        return kind == 0, at
    if kind in _INTEGERS:
        form = struct.Struct(_INTEGERS[kind])
        return form.unpack_from(data, at)[0], at + form.size
    if kind == 9:
        return UUID(bytes=data[at : at + 16]), at + 16
    if kind not in (6, 7):
        raise BadFrame(f"header type {kind}")
    (size,) = struct.unpack_from(">H", data, at)
    content = data[at + 2 : at + 2 + size]
    if len(content) != size:
        raise IndexError
    return (content.decode() if kind == 7 else content), at + 2 + size
