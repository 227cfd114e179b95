"""Whose turn it is to write, among threads and processes alike. Knows no database.

SQLite lets one writer in at a time, but its waiters sleep and look again, so that a busy process can starve the
others. Two file locks make a turnstile: who wants to write first takes `next`, waits there for `write`, and lets
`next` go. Whoever has just written must queue at `next` behind the one who waits. The kernel wakes the waiter at once
and takes the locks from a process that is killed.
"""

from __future__ import annotations

import fcntl
import os


class Turn:
    """One waiter. Every connection that writes has its own, since a file lock belongs to an open file."""

    def __init__(self, path: str) -> None:
        self._next = _open(path + "-next")
        self._write = _open(path + "-write")

    def take(self) -> None:
        """Wait until it is our turn."""
        fcntl.flock(self._next, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._write, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._next, fcntl.LOCK_UN)

    def leave(self) -> None:
        """The next, please."""
        fcntl.flock(self._write, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._next)
        os.close(self._write)


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
