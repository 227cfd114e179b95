"""RecordIO framing: magic 0xCED7230A, length, data, zeros up to a multiple of four; little-endian.

A record too long for one frame is cut into parts; the top three bits of the length say which part a frame is
(0 whole, 1 first, 2 middle, 3 last), as MXNet's RecordIO writes them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from clary_programs.formats.errors import FormatError

MAGIC = 0xCED7230A
_HEAD = struct.Struct("<II")
_LENGTH_BITS = 29


def frame(record: bytes) -> bytes:
    """Return one record with its head and its padding."""
    return b"".join((_HEAD.pack(MAGIC, len(record)), record, bytes(-len(record) % 4)))


def records(body: bytes) -> Iterator[bytes]:
    """Yield the records of a body in order. Raise FormatError where a frame is broken or cut short."""
    at, end, parts = 0, len(body), []
    while at < end:
        part, at, piece = _frame_at(body, at, end)
        parts.append(piece)
        if part in (0, 3):
            yield b"".join(parts) if len(parts) > 1 else piece
            parts = []
    if parts:
        raise FormatError("Invalid recordio: the last record lacks its end")


def _frame_at(body: bytes, at: int, end: int) -> tuple[int, int, bytes]:
    if at + 8 > end:
        raise FormatError("Invalid recordio: cut short in a record's head")
    magic, flagged = _HEAD.unpack_from(body, at)
    if magic != MAGIC:
        raise FormatError(f"Incorrect recordio magic: {magic:#x} at byte {at}")
    size = flagged & ((1 << _LENGTH_BITS) - 1)
    start = at + 8
    if start + size > end:
        raise FormatError("Invalid recordio: cut short in a record")
    return flagged >> _LENGTH_BITS, start + size + (-size % 4), body[start : start + size]
