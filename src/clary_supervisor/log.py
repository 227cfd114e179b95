"""The log of one host's program on the disk: a window over all that it printed, in segments that are written once.

`output.log` holds the first bytes, `output.log.N` those from byte N on. Only the collector writes (collector.py); when
there are too many segments it removes the oldest. A byte of the log keeps its number for ever, so that a reader that goes on
from a number sees where something is missing.
"""

from __future__ import annotations

import contextlib
import errno
import os

from . import safe_open
from .folder import OUTPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SEGMENT = 4 << 20
WINDOW = 8 * SEGMENT  # bytes that are kept at most
LIMIT = 1 << 30  # bytes that are taken from a program at once, and again in each hour that it runs
_FULL = (errno.ENOSPC, errno.EDQUOT)


def allowed(seconds: float) -> int:
    """Return how many bytes a program may have printed after running for so long."""
    return int(LIMIT * (1 + seconds / 3600))


class Piece:
    """A stretch of the log: its first byte's number, its bytes, and whether there is more to be had at once."""

    __slots__ = ("data", "more", "start")

    def __init__(self, start: int, data: bytes, more: bool) -> None:
        self.start = start
        self.data = data
        self.more = more


def read(folder: str, offset: int, limit: int) -> Piece:
    """Return what there is from `offset` on, at most `limit` bytes; `start` lies behind `offset` where bytes
    are missing."""
    while True:
        try:
            return _read(folder, _starts(folder), offset, limit)
        except FileNotFoundError:  # the oldest segment was removed meanwhile
            continue


def _starts(folder: str) -> list[int]:
    """Return where the segments begin, in order."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = [name.removeprefix(OUTPUT).removeprefix(".") or "0" for name in names if name.startswith(OUTPUT)]
    return sorted(int(number) for number in found if number.isdecimal())


def _path(start: int) -> str:
    return f"{OUTPUT}.{start}" if start else OUTPUT


def _read(folder: str, starts: list[int], offset: int, limit: int) -> Piece:
    """Segments that follow each other are read as one; a gap ends the piece, or is before it."""
    at, pieces, have = offset, list[bytes](), 0
    for number, start in enumerate(starts):
        if start > at and have:
            return Piece(at - have, b"".join(pieces), True)
        at = max(at, start)
        following = starts[number + 1] if number + 1 < len(starts) else None
        if following is not None and following <= at:
            continue
        data = _segment(folder, start, at - start, limit - have)
        pieces.append(data)
        have += len(data)
        at += len(data)
        if have == limit:
            return Piece(at - have, b"".join(pieces), True)
    return Piece(at - have, b"".join(pieces), False)


def _segment(folder: str, start: int, offset: int, limit: int) -> bytes:
    fd = safe_open.open_file(folder, _path(start))
    try:
        return os.pread(fd, limit, offset)
    finally:
        os.close(fd)


def last_line(folder: str) -> str:
    """Return the last line that was printed; empty if nothing was."""
    for start in reversed(_starts(folder)):
        with contextlib.suppress(FileNotFoundError):
            size = os.stat(f"{folder}/{_path(start)}").st_size
            lines = _segment(folder, start, max(0, size - 4096), 4096).decode(errors="replace").splitlines()
            if lines:
                return lines[-1]
    return ""


class Writer:
    """Appends to the log of a folder. `allowance` says how many bytes may be stored by now; the rest is dropped."""

    def __init__(self, folder: str, allowance: Callable[[], int]) -> None:
        self._folder = folder
        self._allowance = allowance
        starts = _starts(folder) or [0]
        self._fd = self._open(starts[-1])
        self._start = starts[-1]
        self._end = self._start + os.fstat(self._fd).st_size
        self._stored = self._end
        self._starts = starts
        self._ends_line = True  # an earlier writer's last byte is not worth a look
        self._dropping = False

    def _open(self, start: int) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(f"{self._folder}/{_path(start)}", flags, 0o600)

    def write(self, data: bytes) -> None:
        """Store it, as far as that is allowed and there is room on the disk."""
        while data:
            room = min(self._allowance() - self._stored, SEGMENT)
            kept = self._store(data[:room]) if room > 0 else 0
            if not kept:
                self._drop(len(data))
                return
            data = data[kept:]

    def _store(self, data: bytes) -> int:
        try:
            if self._dropping or self._end - self._start >= SEGMENT:
                self._turn()
            kept = os.write(self._fd, data)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            return 0
        self._end += kept
        self._stored += kept
        self._ends_line = data[kept - 1 : kept] == b"\n"
        return kept

    def _turn(self) -> None:
        """Begin another segment here, and remove what is too old."""
        fd = self._open(self._end)
        os.close(self._fd)
        self._fd, self._start, self._dropping = fd, self._end, False
        if self._start not in self._starts:
            self._starts.append(self._start)
        while len(self._starts) > WINDOW // SEGMENT:
            os.unlink(f"{self._folder}/{_path(self._starts.pop(0))}")

    def _drop(self, size: int) -> None:
        """Count what is not stored. What comes later begins a segment of its own, by whose name the gap is seen."""
        if not self._dropping and not self._ends_line:
            with contextlib.suppress(OSError):
                self._end += os.write(self._fd, b"\n")  # nothing goes on behind a gap
        self._dropping = True
        self._end += size

    def close(self) -> None:
        """Close the log: an empty segment marks what was dropped last."""
        with contextlib.suppress(OSError):
            if self._dropping:
                self._turn()
            os.close(self._fd)
