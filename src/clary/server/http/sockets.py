"""The socket that the gateway listens on: bound here, or inherited. Does not know what is sent over it.

The warden binds one for each gateway and passes it to each process that it starts as such. Clients that connect between the end of one
gateway and the start of the next wait in the socket's backlog instead of being refused.
"""

from __future__ import annotations

import os
import socket

_BACKLOG = 2048


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a listening socket. Raise OSError if the address is in use.

    Several that are `shared` may listen at one address; the kernel deals connections out to them.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def inherited(number: int) -> socket.socket:
    """Return the listening socket that the parent process left open as this file descriptor.

    Child processes do not inherit it. Raise OSError if there is none.
    """
    os.set_inheritable(number, False)
    listener = socket.socket(fileno=number)
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listener.detach()
        raise OSError(f"file descriptor {number} is not a listening socket")
    return listener
