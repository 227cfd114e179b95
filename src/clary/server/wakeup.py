"""Wake-ups: datagram sockets that tell a process of the platform that there may be something to do. They are
hints."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def bind(path: str) -> socket.socket:
    """Bind a datagram socket at `path`, replacing a stale one."""
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with suppress(FileNotFoundError):
        os.unlink(path)
    receiver.bind(path)
    os.chmod(path, 0o600)
    receiver.setblocking(False)
    return receiver


def drain(receiver: socket.socket) -> list[bytes]:
    """Return the waiting messages: the id of a run, a notification (plane/signals.py), or `!` for anything."""
    messages = []
    with suppress(BlockingIOError):
        while True:
            messages.append(receiver.recv(1 << 16))
    return messages
