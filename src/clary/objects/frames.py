"""How small blobs lie in a segment file: frame after frame. Knows no folder and no lock.

    frame:   magic (4)  state (4)  length (4, little-endian)  crc32 of the body (4)    then the body

A dead frame keeps its length, so that a segment can always be walked from its start.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from clary.objects.handles import punch, write_all

HEADER = struct.Struct("<4s4sII")
_MAGIC, _LIVE, _DEAD = b"Clry", b"live", b"dead"


class Frame(NamedTuple):
    """One frame as its header says; `offset` is where the header starts."""

    offset: int
    alive: bool
    length: int
    crc: int

    @property
    def end(self) -> int:
        return self.offset + HEADER.size + self.length


def header(length: int, crc: int) -> bytes:
    """Return the header of a living frame."""
    return HEADER.pack(_MAGIC, _LIVE, length, crc)


def dead_header(length: int) -> bytes:
    """Return the header of a dead frame."""
    return HEADER.pack(_MAGIC, _DEAD, length, 0)


def walk(fd: int) -> Iterator[Frame]:
    """Yield the frames from the start of the file to its end, or to the first that is torn."""
    size = os.fstat(fd).st_size
    offset = 0
    while len(raw := os.pread(fd, HEADER.size, offset)) == HEADER.size:
        magic, state, length, crc = HEADER.unpack(raw)
        frame = Frame(offset, state == _LIVE, length, crc)
        if magic != _MAGIC or frame.end > size:
            return
        yield frame
        offset = frame.end


def punch_header(fd: int, offset: int, length: int) -> None:
    """Mark a stretch that starts with a header as one dead frame, then free its blocks."""
    write_all(fd, dead_header(length), offset)
    punch(fd, offset + HEADER.size, length)


def reclaim(fd: int, keep: Callable[[Frame], bool]) -> tuple[int, int]:
    """Bury every living frame that `keep` refuses, and join neighbours that are dead. -> (buried, still alive)"""
    buried = alive = 0
    run: list[Frame] = []
    for frame in walk(fd):
        if frame.alive and keep(frame):
            alive += 1
            _join(fd, run)
            run = []
        else:
            buried += frame.alive
            run = [*run[:1], frame]  # the first and the last are enough
    _join(fd, run)
    return buried, alive


def _join(fd: int, run: list[Frame]) -> None:
    if len(run) > 1 or (run and run[0].alive):
        punch_header(fd, run[0].offset, run[-1].end - run[0].offset - HEADER.size)
