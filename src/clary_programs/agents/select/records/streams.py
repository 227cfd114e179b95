"""The bytes of an object: counted, decompressed, cut into records."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from clary_programs.agents.select.sql.failures import Failure

LONGEST = 1 << 20  # "The maximum length of a record in the input or result is 1 MB" (Requirements and limits)
_PIECE = 256 << 10


class Source:
    """The object as it arrives. `scanned` counts its bytes, `processed` what is left of them after decompression."""

    def __init__(self, file: IO[bytes], compression: str) -> None:
        self._file = file
        self._compression = compression
        self.scanned = 0
        self.processed = 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the object's bytes, decompressed. Raise Failure for what is not compressed so."""
        for piece in self._unpacked():
            self.processed += len(piece)
            yield piece

    def _unpacked(self) -> Iterator[bytes]:
        if self._compression == "NONE":
            return self._raw()
        try_to = _ungzipped if self._compression == "GZIP" else _unbzipped
        return try_to(self._raw())

    def _raw(self) -> Iterator[bytes]:
        while piece := self._file.read(_PIECE):
            self.scanned += len(piece)
            yield piece


def _ungzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return _decompressed(pieces, lambda: zlib.decompressobj(wbits=31), lambda packer: packer.unconsumed_tail)


def _unbzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return _decompressed(pieces, bz2.BZ2Decompressor, lambda packer: b"")


def _decompressed(
    pieces: Iterator[bytes], new: Callable[[], Any], left: Callable[[Any], bytes]
) -> Iterator[bytes]:
    """Yield what one or several compressed streams hold, at most a piece at a time."""
    unpacker = None
    for piece in pieces:
        waiting = piece
        while waiting or (unpacker is not None and not unpacker.eof and _has_more(unpacker)):
            unpacker = unpacker or new()
            try:
                found = unpacker.decompress(waiting, _PIECE)
            except (zlib.error, OSError):
                raise Failure("TruncatedInput") from None
            waiting = left(unpacker)
            if unpacker.eof:
                waiting, unpacker = unpacker.unused_data, None
            if found:
                yield found
    if unpacker is not None:
        raise Failure("TruncatedInput")


def _has_more(unpacker: Any) -> bool:
    return getattr(unpacker, "needs_input", True) is False


def records(pieces: Iterator[bytes], delimiter: bytes) -> Iterator[bytes]:
    """Yield what stands between delimiters. Raise OverMaxRecordSize."""
    rest = b""
    for piece in pieces:
        found = (rest + piece).split(delimiter)
        rest = found.pop()
        if len(rest) > LONGEST:
            raise Failure("OverMaxRecordSize")
        yield from found
    if rest:
        yield rest


def within(found: Iterator[bytes], delimiter: bytes, begin: int, start: int, end: int) -> Iterator[bytes]:
    """Yield the records whose first byte is in a range. The first of them begins at `begin`."""
    at = begin
    for record in found:
        if at > end:
            return
        if at >= start:
            yield record
        at += len(record) + len(delimiter)


def text_of(record: bytes) -> str:
    """Return a record as text. Raise for what is no UTF-8, and for what is too long."""
    if len(record) > LONGEST:
        raise Failure("OverMaxRecordSize")
    try:
        return record.decode()
    except UnicodeDecodeError:
        raise Failure("InvalidTextEncoding") from None
