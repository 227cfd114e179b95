"""Put the answers of one object together in the order of its records. Knows no model.

An object's `.out` appears all at once when its last answer is written, and never for an object that failed.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path


class Output:
    """The `.out` file of one object. Answers may come in any order and from any thread."""

    def __init__(self, path: Path, partial: Path, lines: bool) -> None:
        """`partial` is where it grows, on the same file system and outside the output folder.

        `lines`: AssembleWith=Line, a newline after every response that does not end with one.
        """
        self.path, self._partial, self._lines = path, partial, lines
        for folder in (path.parent, partial.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self._file = self._partial.open("wb")
        self._lock = threading.Lock()
        self._early: dict[int, bytes] = {}
        self._next, self._total = 0, -1
        self.error: Exception | None = None
        self.done = False

    def put(self, number: int, data: bytes) -> None:
        """Take the answer to payload `number`, counted from 0."""
        with self._lock:
            if self.error is not None:
                return
            self._early[number] = data
            while self._next in self._early:
                self._write(self._early.pop(self._next))
                self._next += 1
            self._finish_if_complete()

    def close(self, total: int) -> None:
        """All `total` payloads have been sent."""
        with self._lock:
            self._total = total
            self._finish_if_complete()

    def fail(self, error: Exception) -> bool:
        """Give the object up; True for the first reason, False for those after it."""
        with self._lock:
            if self.error is not None:
                return False
            self.error = error
            self._early.clear()
            self._file.close()
            with suppress(OSError):
                self._partial.unlink()
            return True

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        if self._lines and data and not data.endswith(b"\n"):
            self._file.write(b"\n")

    def _finish_if_complete(self) -> None:
        if self.error is None and not self.done and self._next == self._total:
            self._file.close()
            self._partial.replace(self.path)
            self.done = True
