"""Cut an object into payloads of whole records, in blocks. Knows framings; knows no record's content.

Source: AWS API reference TransformInput$SplitType: padding around a binary record is removed for SingleRecord and
kept for MultiRecord; contracts, section 15.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from clary_programs.agents.transform.config import SINGLE
from clary_programs.agents.transform.errors import TransformError

BLOCK = 1 << 20
RECORDIO_MAGIC = 0xCED7230A
_RECORDIO_LENGTH = (1 << 29) - 1
_RECORDIO, _TFRECORD = struct.Struct("<II"), struct.Struct("<QI")


class RecordTooLarge(TransformError):
    """A single record does not fit into MaxPayloadInMB."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"ClientError: Too much data for max payload size: a record is larger than the maximum payload of {limit} bytes"
        )


def payloads(stream: BinaryIO, split_type: str, strategy: str, limit: int) -> Iterator[bytes]:
    """Return the payloads of one object in order, none of them longer than `limit` bytes (0: no limit).

    Raise RecordTooLarge, or TransformError where the framing is broken. An empty object has no payload.
    """
    if split_type == "None":
        return _whole(stream, limit)
    if split_type == "Line":
        return _single_lines(stream, limit) if strategy == SINGLE else _many_lines(stream, limit)
    frames = _FRAMINGS.get(split_type)
    if frames is None:
        raise TransformError(f"SplitType {split_type} is not known")
    if strategy == SINGLE:
        return _checked((payload for _, payload in frames(stream)), limit)
    return _packed((frame for frame, _ in frames(stream)), limit)


def _whole(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    data = stream.read(limit + 1) if limit else stream.read()
    if limit and len(data) > limit:
        raise RecordTooLarge(limit)
    if data:
        yield data


def _many_lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """As many whole lines as fit, found from the end of a block: no line is looked at."""
    if not limit:
        yield from _whole(stream, 0)
        return
    rest = b""
    while True:
        data = _fill(stream, rest, limit + 1)
        if len(data) <= limit:
            if data:
                yield data
            return
        cut = data.rfind(b"\n", 0, limit) + 1
        if not cut:
            raise RecordTooLarge(limit)
        yield data[:cut]
        rest = data[cut:]


def _fill(stream: BinaryIO, start: bytes, size: int) -> bytes:
    """Return `start` and as much of the stream as makes `size` bytes; less only at the end."""
    parts, missing = [start], size - len(start)
    while missing > 0 and (block := stream.read(missing)):
        parts.append(block)
        missing -= len(block)
    return b"".join(parts)


def _single_lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield each line without its end, leaving out blank lines."""
    for line in stream:
        record = line.rstrip(b"\r\n")
        if limit and len(record) > limit:
            raise RecordTooLarge(limit)
        if record:
            yield record


def _checked(records: Iterable[bytes], limit: int) -> Iterator[bytes]:
    for record in records:
        if limit and len(record) > limit:
            raise RecordTooLarge(limit)
        yield record


def _packed(frames: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Whole frames together, as many as fit."""
    pending: list[bytes] = []
    size = 0
    for frame in _checked(frames, limit):
        if pending and limit and size + len(frame) > limit:
            yield b"".join(pending)
            pending, size = [], 0
        pending.append(frame)
        size += len(frame)
    if pending:
        yield b"".join(pending)


def _recordio(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield (the frames of one record, its payload); a record in several parts comes as one."""
    frames, parts = [], []
    while head := stream.read(_RECORDIO.size):
        if len(head) < _RECORDIO.size:
            raise TransformError("ClientError: the RecordIO data is cut short")
        magic, word = _RECORDIO.unpack(head)
        if magic != RECORDIO_MAGIC:
            raise TransformError("ClientError: the data is not RecordIO: wrong magic number")
        part, length = word >> 29, word & _RECORDIO_LENGTH
        body = _exactly(stream, length + -length % 4)
        frames += [head, body]
        parts.append(body[:length])
        if part in (0, 3):
            yield b"".join(frames), b"".join(parts)
            frames, parts = [], []
    if frames:
        raise TransformError("ClientError: the last RecordIO record lacks its end")


def _tfrecord(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield (a frame, its payload): u64 length, u32 checksum, data, u32 checksum."""
    while head := stream.read(_TFRECORD.size):
        if len(head) < _TFRECORD.size:
            raise TransformError("ClientError: the TFRecord data is cut short")
        length, _ = _TFRECORD.unpack(head)
        body = _exactly(stream, length + 4)
        yield head + body, body[:length]


def _exactly(stream: BinaryIO, size: int) -> bytes:
    # Do not allocate memory for a length from an untrusted file before that many bytes exist.
    parts, missing = [], size
    while missing:
        block = stream.read(min(missing, BLOCK))
        if not block:
            raise TransformError("ClientError: a binary record is cut short")
        parts.append(block)
        missing -= len(block)
    return b"".join(parts)


_FRAMINGS: dict[str, Callable[[BinaryIO], Iterator[tuple[bytes, bytes]]]] = {
    "RecordIO": _recordio,
    "TFRecord": _tfrecord,
}
