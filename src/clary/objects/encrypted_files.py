"""Decrypt what a range needs of a file, or of bytes in memory. Blocking; knows no event loop."""

from __future__ import annotations

import os

from clary.objects.api import Damaged
from clary.objects.encryption import SALT, Decryptor, Keys, Piece
from clary.objects.handles import Handle

Source = Handle | memoryview


def opened_piece(source: Source, keys: Keys, piece: Piece) -> list[bytes]:
    """Return the bytes of a piece in the clear, a part for each segment. Raise Damaged."""
    decryptor = Decryptor(keys, bytes(_read(source, piece.salt, SALT)))
    parts = list(decryptor.open(_read(source, piece.start, piece.length), piece.first, ends=piece.ends))
    surplus = sum(map(len, parts)) - piece.end
    if surplus:
        parts[-1] = parts[-1][:-surplus]
    if piece.skip:
        parts[0] = parts[0][piece.skip :]
    return parts


def _read(source: Source, start: int, length: int) -> memoryview:
    """Return a stretch, which must be whole."""
    if isinstance(source, Handle):
        data = memoryview(os.pread(source.fd, length, start))
    else:
        data = source[start : start + length]
    if len(data) != length:
        raise Damaged("a stream is shorter than its row says")
    return data
