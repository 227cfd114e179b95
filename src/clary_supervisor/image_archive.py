"""The archive of a layer as it comes from the registry: its compression undone, hashed and measured on its way.

What is compressed may hold any length, and skipping it costs time: so all of it counts, also what is not unpacked.
"""

from __future__ import annotations

import hashlib
import os
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class Broken(Exception):
    """The layer would do harm, is damaged, or is in a form that is not read."""


def no_room(room: int) -> Broken:
    """Return what is said of a layer that is too large."""
    return Broken(f"the layers of the image hold more than there is room for ({room} bytes are left)")


class Archive:
    """A layer without its compression, as a file of its archive, which is hashed as it goes by."""

    def __init__(self, fd: int, room: int) -> None:
        self._fd = fd
        self._room = room
        self._seen = 0
        self._piece, self._at = b"", 0
        self._pieces = self._plain()
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, fewer only at the end."""
        parts: list[bytes] = []
        while size and (self._at < len(self._piece) or self._next()):
            parts.append(self._piece[self._at : self._at + size])
            self._at += len(parts[-1])
            size -= len(parts[-1])
        return b"".join(parts)

    def drain(self) -> None:
        """Read what follows the archive's end, which is part of the digest."""
        while self._next():
            pass

    def _next(self) -> bool:
        """Take the next piece; return whether there is one."""
        self._piece, self._at = next(self._pieces, b""), 0
        self._seen += len(self._piece)
        if self._seen > self._room:
            raise no_room(self._room)
        self.digest.update(self._piece)
        return bool(self._piece)

    def _plain(self) -> Iterator[bytes]:
        data = self._beginning()
        if data.startswith(_ZSTD):
            raise Broken("a layer that is compressed with zstd is not read; push the image with gzip")
        if data.startswith(_GZIP):
            yield from self._gunzipped(data)
            return
        while data:
            yield data
            data = os.read(self._fd, _CHUNK)

    def _beginning(self) -> bytes:
        """Return the first bytes, as many as say what the compression is."""
        data = b""
        while len(data) < len(_ZSTD) and (piece := os.read(self._fd, _CHUNK)):
            data += piece
        return data

    def _gunzipped(self, data: bytes) -> Iterator[bytes]:
        """Yield pieces of limited size, whatever a piece of the layer claims to hold."""
        unzip = zlib.decompressobj(wbits=31)
        while data:
            if plain := unzip.decompress(data, _CHUNK):
                yield plain
            data = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
            data = data or os.read(self._fd, _CHUNK)
            if unzip.eof and data:  # members of gzip may follow each other
                unzip = zlib.decompressobj(wbits=31)
