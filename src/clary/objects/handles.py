"""An open file that closes itself when its last reference goes, and what frees the blocks of a stretch of it."""

from __future__ import annotations

import errno
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes

_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_UNSUPPORTED = {errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


class Handle:
    """A file descriptor. A thread that reads keeps it open by holding a reference, even if others drop theirs."""

    __slots__ = ("__weakref__", "fd")

    def __init__(self, path: str | Path, flags: int, mode: int = 0o600) -> None:
        self.fd = os.open(path, flags | os.O_CLOEXEC, mode)

    def __del__(self) -> None:
        fd = getattr(self, "fd", -1)
        if fd >= 0:
            os.close(fd)


def write_all(fd: int, data: bytes, offset: int) -> None:
    """`pwrite` until everything is written. Raise OSError."""
    written = os.pwrite(fd, data, offset)
    while written < len(data):
        written += os.pwrite(fd, memoryview(data)[written:], offset + written)


def punch(fd: int, offset: int, length: int) -> bool:
    """Give the blocks of a stretch back to the file system; it reads as zeros from then on.

    False where the file system (or the platform) cannot: the blocks then stay until the file goes.
    """
    fallocate = _fallocate()
    if length <= 0 or fallocate is None:
        return False
    import ctypes

    done = fallocate(fd, _PUNCH_HOLE | _KEEP_SIZE, ctypes.c_int64(offset), ctypes.c_int64(length))
    if done == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code))


@cache
def _fallocate() -> ctypes._NamedFuncPointer | None:
    """Return the C library's fallocate, or None. ctypes is imported with the first range that is freed."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    return getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
