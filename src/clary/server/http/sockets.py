"""The socket that the gateway listens on: bound here, or inherited. Knows nothing of what is said on it.

The warden binds it and hands it to each gateway that it starts. Who connects while one has died and the next is not yet
there waits in the socket's backlog instead of being refused.
"""

from __future__ import annotations

import os
import socket

_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def inherited(number: int) -> socket.socket:
    """The listening socket that whoever started this process left open as this file descriptor; no child of ours
    inherits it in turn. Raises OSError where there is none."""
    os.set_inheritable(number, False)
    listener = socket.socket(fileno=number)
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listener.detach()
        raise OSError(f"file descriptor {number} is not a listening socket")
    return listener
