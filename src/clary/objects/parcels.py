"""The files of an object store as a backup has them: with what rows name in them, and nothing else.

    blobs/ab/cd/<rest>   as it is
    segments/<id>.seg    the frames that are named, where they were; all that lies between two of them is one dead frame

So no bytes of what was deleted leave the store, and the keys that rows have stay what they are. Keys come sorted, so that
those of a segment stand together.
"""

from __future__ import annotations

import io
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, NamedTuple

from clary.objects.api import Missing
from clary.objects.frames import HEADER, dead_header, header
from clary.objects.handles import Handle
from clary.objects.keys import Slice, parse
from clary.objects.uploads import path_of

_NAME = re.compile(r"blobs/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{28}|segments/[0-9a-f]{16}\.seg")


class Parcel(NamedTuple):
    """One file: its name below the store's folder, its size, and its content from the start. The caller closes it."""

    name: str
    size: int
    content: BinaryIO


def is_parcel(name: str) -> bool:
    """Return whether a file of this name belongs into an object store."""
    return bool(_NAME.fullmatch(name))


def parcels(root: Path, keys: Iterable[str], lost: Callable[[str], None]) -> Iterator[Parcel]:
    """Yield the files that hold the blobs of these keys, which are sorted and held (holds.py). `lost` is told
    of each blob that is not there or damaged; it is left out."""
    for segment, group in groupby(keys, _segment_of):
        if segment:
            yield from _frames(root, segment, group, lost)
        else:
            yield from _files(root, group, lost)


def _segment_of(key: str) -> str:
    where = _parsed(key)
    return where.segment if isinstance(where, Slice) else ""


def _parsed(key: str) -> Slice | str | None:
    try:
        return parse(key)
    except Missing:
        return None


def _files(root: Path, keys: Iterable[str], lost: Callable[[str], None]) -> Iterator[Parcel]:
    for key in keys:
        try:
            file = open(path_of(root, str(parse(key))), "rb")  # noqa: SIM115 (the caller closes it)
        except (FileNotFoundError, Missing):
            lost(key)
            continue
        yield Parcel(f"blobs/{key[1:3]}/{key[3:5]}/{key[5:]}", os.fstat(file.fileno()).st_size, file)


def _frames(root: Path, segment: str, keys: Iterable[str], lost: Callable[[str], None]) -> Iterator[Parcel]:
    """At most one: a segment of which nothing is left is none."""
    name = f"segments/{segment}.seg"
    wanted = sorted(
        {where: key for key in keys if isinstance(where := parse(key), Slice)}.items(), key=_offset
    )
    try:
        file = Handle(root / name, os.O_RDONLY)
    except FileNotFoundError:
        for _, key in wanted:
            lost(key)
        return
    content = bytearray()
    for where, key in wanted:
        frame = _frame(file.fd, where)
        if frame is None or where.offset < len(content):
            lost(key)
        else:
            content += _gap(where.offset - len(content)) + frame
    if content:
        yield Parcel(name, len(content), io.BytesIO(content))


def _offset(item: tuple[Slice, str]) -> int:
    return item[0].offset


def _frame(fd: int, where: Slice) -> bytes | None:
    """Return the frame at a place, or None unless it is the one that its key names."""
    frame = os.pread(fd, HEADER.size + where.length, where.offset)
    whole = len(frame) == HEADER.size + where.length and frame.startswith(header(where.length, where.crc))
    return frame if whole and zlib.crc32(memoryview(frame)[HEADER.size :]) == where.crc else None


def _gap(length: int) -> bytes:
    """Return filler of this length. A gap was made of frames, so it has room for a header."""
    return dead_header(length - HEADER.size).ljust(length, b"\0") if length else b""
