"""A fair lock for writing, among threads and processes. Knows no database.

SQLite allows one writer at a time, but its waiters sleep and poll, so a busy process can starve the others.
Two file locks make a turnstile: a writer first takes `next`, waits there for `write`, and releases `next`.
After writing it has to queue at `next` again, behind those who wait. The kernel wakes the waiter at once, and
releases the locks of a process that is killed.
"""

from __future__ import annotations

import fcntl
import os


class WriteLock:
    """One waiter. Every connection that writes has its own, since a file lock belongs to an open file."""

    def __init__(self, path: str) -> None:
        self._next = _open(path + "-next")
        self._write = _open(path + "-write")

    def acquire(self) -> None:
        """Wait for the lock and take it."""
        fcntl.flock(self._next, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._write, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._next, fcntl.LOCK_UN)

    def release(self) -> None:
        """Release the lock."""
        fcntl.flock(self._write, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._next)
        os.close(self._write)


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
