"""A fork server: a supervisor that is already loaded and has no run yet. Each run gets a copy of it.

Most of what a short job takes is a Python that starts and imports (HTTP, tar); a fork has both at once. It has no
threads, keeps nothing between runs, and ends when the executor that asks it does.
"""

from __future__ import annotations

import gc
import os
import socket
import sys

from . import title
from .spare import Spare, Spares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_STARTED = b"started"
_LONGEST = 1 << 16


def serve(line: socket.socket, live: Callable[[str, Spare | None], None]) -> None:
    """For each message `RUN_FOLDER\\0LOG` a process of its own that does `live(RUN_FOLDER, SPARE)`, and the answer STARTED.

    A volume for the next run is made after the answer, when no caller waits.
    """
    _load()
    title.write(sys.argv[:3])
    line.send(str(os.getpid()).encode())
    spares = Spares()
    try:
        while message := line.recv(_LONGEST):
            run, _, log = os.fsdecode(message).partition("\0")
            spare = spares.take(run)
            _fork(line, run, log, lambda spare=spare, run=run: live(run, spare))
            if spare:
                spare.close()
            line.send(_STARTED)
            spares.prepare(run)
    finally:
        spares.discard()


def _load() -> None:
    """Import what runs need, before the first fork: that is what a fork server is for."""
    import _strptime  # noqa: F401  # the credentials' expiration
    import encodings.idna  # noqa: F401  # the names of hosts

    from . import life, transfer  # noqa: F401

    gc.collect()
    gc.freeze()  # a collection in a run would write to, and so copy, the memory that it shares


def _fork(line: socket.socket, run: str, log: str, live: Callable[[], None]) -> None:
    """Fork twice: the grandchild becomes a child of init, which reaps it."""
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return
    status = 1
    try:
        if os.fork() == 0:
            line.close()
            _open(log)
            title.write([sys.argv[0], run])
            live()
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)  # nothing of the fork server's own is to happen again here


def _open(log: str) -> None:
    """Output goes to the run's log, input comes from nowhere."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    none = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(none, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
