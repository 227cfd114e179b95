"""Names of unix sockets: sockaddr_un holds 108 bytes of one, a longer one is reached through its folder. Knows no frame."""

from __future__ import annotations

import os
import socket
from pathlib import Path

LONGEST = 100


def reachable(path: Path, folder: int) -> str:
    """Return a name for bind and connect. `folder` is an open descriptor of the path's folder."""
    return str(path) if len(os.fsencode(path)) <= LONGEST else f"/proc/self/fd/{folder}/{path.name}"


def connect(sock: socket.socket, path: Path) -> None:
    """Connect, however long the path is."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sock.connect(reachable(path, folder))
    finally:
        os.close(folder)
