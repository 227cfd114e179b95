"""Our end of the worker socket: the frames, and a blocking probe. The other end is in the program (serving/mux.py).

Little-endian frames, in both directions: u32 length of all that follows | u32 id | u8 kind | payload. A request's
payload is u16 length of head | head (JSON) | body; a response's is u16 status | u16 length of head | head | body.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager

PREFIX = struct.Struct("<IIB")
REQUEST_HEAD = struct.Struct("<H")
RESPONSE_HEAD = struct.Struct("<HH")

PING, REQUEST, RESPONSE, HEAD, CHUNK, END, CANCEL = range(7)
SOCKET_NAME = "worker.sock"


def request_frame(stream: int, head: bytes, body: bytes) -> bytes:
    """Send a REQUEST; `head` is a JSON object of lower-case headers."""
    size = 5 + REQUEST_HEAD.size + len(head) + len(body)
    return b"".join((PREFIX.pack(size, stream, REQUEST), REQUEST_HEAD.pack(len(head)), head, body))


def cancel_frame(stream: int) -> bytes:
    return PREFIX.pack(5, stream, CANCEL)


@contextmanager
def address(path: str) -> Iterator[str]:
    """By which name to connect to the socket at `path`, and to no other: its folder is the program's, which
    could put a link to the socket of another's model there. Raise OSError where there is no socket."""
    place = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISSOCK(os.fstat(place).st_mode):
            raise FileNotFoundError(f"{path} is not a socket")
        yield f"/proc/self/fd/{place}"
    finally:
        os.close(place)


def answers(path: str, timeout: float = 2.0) -> bool:
    """Return whether the worker behind this socket has loaded its model and answers a PING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            with address(path) as name:
                connection.connect(name)
            connection.sendall(PREFIX.pack(5, 0, PING))
            return len(connection.recv(PREFIX.size, socket.MSG_WAITALL)) == PREFIX.size
        except OSError:
            return False
