"""Pipe mode: a fifo for each epoch, into which the objects of a channel are poured in key order.

Source: the container contract: `<channel>_<epoch>`, gzip undone, RecordIO frames (little-endian magic 0xCED7230A and
length, data, zeros up to four bytes). A fifo is never waited for in open(2), so the end of the program ends the thread.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import struct
import threading

from . import download, safe_open
from .folder import below, ml_folder
from .s3 import S3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_MAGIC = 0xCED7230A
_PAUSE = 0.02  # seconds between looks for a reader


class _Gone(Exception):
    """The reader closed its end, or the program ended."""


class Pipe:
    """Feeds one channel of one host until `finish`. `failure` holds what went wrong."""

    def __init__(self, folder: str, item: dict[str, Any], objects: list[download.Item], s3: S3) -> None:
        self._item = item
        self._objects = objects
        self._s3 = s3
        self._over = threading.Event()
        self.failure: BaseException | None = None
        parent, _, self._name = below(item["path"]).rpartition("/")
        # Held open from before the program starts: it may change later what the path means.
        self._at = safe_open.open_folder(folder, parent, make=True)
        self._make(0)
        self._thread = threading.Thread(target=self._feed, daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        self._over.set()
        self._thread.join()
        os.close(self._at)

    def _make(self, epoch: int) -> None:
        with contextlib.suppress(FileExistsError):
            os.mkfifo(f"{self._name}_{epoch}", 0o666, dir_fd=self._at)

    def _feed(self) -> None:
        epoch = 0
        try:
            while not self._over.is_set():
                self._epoch(epoch)
                epoch += 1
                self._make(epoch)
        except _Gone:
            pass
        except BaseException as error:
            self.failure = error

    def _epoch(self, epoch: int) -> None:
        """Pour all objects once. A reader that closes early has had enough of this epoch."""
        fd = self._open(f"{self._name}_{epoch}")
        try:
            for one in self._objects:
                self._s3.get(one.bucket, one.listed.key, self._sink(fd))
        except _Gone:
            if self._over.is_set():
                raise
        finally:
            os.close(fd)

    def _open(self, name: str) -> int:
        """Return the writing end, once there is a reader."""
        while not self._over.wait(_PAUSE):
            try:
                return os.open(
                    name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._at
                )
            except OSError as error:
                if error.errno not in (errno.ENXIO, errno.ENOENT):
                    raise
        raise _Gone

    def _sink(self, fd: int) -> Callable[[Iterator[bytes]], None]:
        """Return a function that writes one object, whatever the attempts: what a failed attempt has written
        is not written again."""
        poured = 0

        def pour(pieces: Iterator[bytes]) -> None:
            nonlocal poured
            at = 0
            for piece in self._shaped(pieces):
                self._write(fd, piece[max(0, poured - at) :])
                at += len(piece)
                poured = max(poured, at)

        return pour

    def _shaped(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        pieces = download.inflate(pieces) if self._item["gunzip"] else pieces
        return frame(b"".join(pieces)) if self._item["record_wrapper"] else pieces

    def _write(self, fd: int, piece: bytes) -> None:
        view = memoryview(piece)
        while view:
            if self._over.is_set():
                raise _Gone
            try:
                view = view[os.write(fd, view) :]
            except BlockingIOError:
                select.select([], [fd], [], 0.5)
            except BrokenPipeError:
                raise _Gone from None


def frame(data: bytes) -> Iterator[bytes]:
    """Yield one RecordIO record of one object. ValueError above the 2^32-1 bytes that its header can say."""
    if len(data) >= 1 << 32:
        raise ValueError("an object of 4 GiB or more does not fit a RecordIO record")
    yield struct.pack("<II", _MAGIC, len(data))
    yield data
    yield b"\0" * (-len(data) % 4)


def pipes(run: str, spec: dict[str, Any], s3: S3) -> list[Pipe]:
    """Return the pipes of all hosts, their first fifos made."""
    made = []
    hosts = spec["hosts"]
    for item in spec["inputs"]:
        if item["mode"] == "Pipe":
            chosen = download.choose(s3, item)
            for number, host in enumerate(hosts):
                mine = chosen[number :: len(hosts)] if item["sharded"] else chosen
                made.append(Pipe(ml_folder(run, host["name"]), item, mine, s3))
    return made
