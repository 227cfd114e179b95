"""Small blobs, one after the other in append-only files. Knows no thread pool and no event loop.

A segment is written by one process, which holds a lock on it, and closed at 64 MiB or with its process. A blob is one
`pwrite` and is there once a row names its key: a process killed on the way leaves bytes that no row names, until a
sweep walks the frames (frames.py). Segments are never adopted by another process, so a torn end stays an end.
"""

from __future__ import annotations

import fcntl
import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeVar

from clary.kernel import machine_time
from clary.objects.api import Damaged, Missing
from clary.objects.frames import HEADER, Frame, header, punch_header, reclaim
from clary.objects.handles import Handle, write_all
from clary.objects.keys import Slice, new_segment

T = TypeVar("T")
SEGMENT_SIZE = 64 << 20
_REOPEN = 60.0  # seconds; another process may have removed the file: then let its blocks go
_OPEN = 256


class Segments:
    """The segment files of a folder: append, read, delete, sweep. Any thread."""

    def __init__(self, folder: Path, *, size: int = SEGMENT_SIZE, durable: bool = False) -> None:
        self._folder = folder
        self._size = size
        self._durable = durable
        self._lock = Lock()
        self._segment = ""
        self._file: Handle | None = None
        self._end = 0
        self._readers: dict[str, tuple[Handle, float]] = {}

    def append(self, body: bytes) -> Slice:
        """Write one blob. Raise OSError, and then nothing was written."""
        crc = zlib.crc32(body)
        frame = header(len(body), crc) + body
        with self._lock:
            file = self._current(len(frame))
            offset = self._end
            try:
                write_all(file.fd, frame, offset)
            except OSError:
                os.ftruncate(file.fd, offset)
                raise
            self._end += len(frame)
            return Slice(self._segment, offset, len(body), crc)

    def sync(self) -> None:
        """Wait until the disk has everything that was appended before this call."""
        with self._lock:
            file = self._file
        if file is not None:
            os.fdatasync(file.fd)

    def read(self, where: Slice) -> bytes:
        """Return the whole blob. Raise Missing when it is not there, Damaged when its bytes are others than
        were written."""
        file = self._reader(where.segment)
        for _ in range(2):  # a blob that is deleted while we read is missing, not damaged
            data = os.pread(file.fd, HEADER.size + where.length, where.offset)
            if data[: HEADER.size] != header(where.length, where.crc):
                raise Missing(where.key)
            body = data[HEADER.size :]
            if len(body) == where.length and zlib.crc32(body) == where.crc:
                return body
        raise Damaged(where.key)

    def delete(self, where: Slice) -> None:
        """Idempotent; what is not this blob is left alone."""
        try:
            file = Handle(self._path(where.segment), os.O_RDWR)
        except FileNotFoundError:
            return
        if os.pread(file.fd, HEADER.size, where.offset) == header(where.length, where.crc):
            _keeping_age(file.fd, lambda: punch_header(file.fd, where.offset, where.length))

    def sweep(self, live: set[str], older_than: float) -> int:
        """Delete what no key names, in segments that have not been written for `older_than` seconds and may not be."""
        oldest = machine_time() - older_than
        return sum(self._sweep(path, live, oldest) for path in sorted(self._folder.glob("*.seg")))

    def close(self) -> None:
        with self._lock:
            self._file = None
            self._readers = {}

    # -----------------------------------------------------------------------------------------------------------

    def _path(self, segment: str) -> Path:
        return self._folder / f"{segment}.seg"

    def _current(self, needed: int) -> Handle:
        """Return the segment to append to: a new one if there is no segment yet, or it is full."""
        if self._file is not None and self._end + needed <= self._size:
            return self._file
        if self._file is not None and self._durable:
            os.fdatasync(self._file.fd)
        self._segment, self._end = new_segment(), 0
        self._file = Handle(self._path(self._segment), os.O_RDWR | os.O_CREAT | os.O_EXCL)
        fcntl.flock(self._file.fd, fcntl.LOCK_EX)
        if self._durable:
            sync_folder(self._folder)
        return self._file

    def _reader(self, segment: str) -> Handle:
        now = time.monotonic()
        known = self._readers.get(segment)
        if known is not None and now - known[1] < _REOPEN:
            return known[0]
        try:
            file = Handle(self._path(segment), os.O_RDONLY)
        except FileNotFoundError:
            self._readers.pop(segment, None)
            raise Missing(f"there is no segment {segment}") from None
        if len(self._readers) >= _OPEN:
            self._readers = {}
        self._readers[segment] = (file, now)
        return file

    def _sweep(self, path: Path, live: set[str], oldest: float) -> int:
        try:
            file = Handle(path, os.O_RDWR)
            fcntl.flock(file.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (FileNotFoundError, BlockingIOError):  # swept by another, or its process lives
            return 0
        if os.fstat(file.fd).st_mtime > oldest:
            return 0

        def is_live(frame: Frame) -> bool:
            return Slice(path.stem, frame.offset, frame.length, frame.crc).key in live

        buried, alive = _keeping_age(file.fd, lambda: reclaim(file.fd, is_live))
        if not alive:
            path.unlink(missing_ok=True)
        return buried


def sync_folder(folder: str | Path) -> None:
    """Wait until the disk knows the names in a folder."""
    handle = Handle(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(handle.fd)


def _keeping_age(fd: int, change: Callable[[], T]) -> T:
    """Apply a change without altering the age of a segment, which is that of its youngest blob."""
    before = os.fstat(fd).st_mtime_ns
    result = change()
    os.utime(fd, ns=(before, before))
    return result
