"""Bells: datagram sockets on which a process of ours is told that there may be something to do. Hints, no more."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def hang(path: str) -> socket.socket:
    """A bell at `path`; whoever had hung one there before is gone."""
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with suppress(FileNotFoundError):
        os.unlink(path)
    bell.bind(path)
    os.chmod(path, 0o600)
    bell.setblocking(False)
    return bell


def drain(bell: socket.socket) -> list[bytes]:
    """Take every ring that waits: a run's id, or `!` for anything."""
    rings = []
    with suppress(BlockingIOError):
        while True:
            rings.append(bell.recv(256))
    return rings
