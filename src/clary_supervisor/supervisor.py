"""The supervisor of one run, as a program: `python -I -S supervisor.py RUN_FOLDER`; or `--fork-server HOME FD`,
which makes supervisors of the runs that it is told of by that socket.

Standard library only, and its own modules by path; it imports nothing of clary and nothing of site-packages.
"""

from __future__ import annotations

import contextlib
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main(run: str, spare: Any = None) -> None:
    """Leave the caller's session and terminal, then live the run. `spare` is a volume that may be used."""
    with contextlib.suppress(PermissionError):  # already the leader of a session
        os.setsid()
    os.umask(0o022)  # the run folder itself is closed
    from clary_supervisor.life import supervise

    supervise(run, spare)


def serve(fd: int) -> None:
    """Fork a supervisor whenever a run is named."""
    import socket

    from clary_supervisor import forkserver

    with contextlib.suppress(PermissionError):
        os.setsid()  # Ctrl-C at the terminal is not meant for it
    with contextlib.suppress(ConnectionError), socket.socket(fileno=fd) as line:
        forkserver.serve(line, main)


if __name__ == "__main__":
    package = type(sys)("clary_supervisor")  # its modules by path, and no other folder to import from
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[package.__name__] = package
    if sys.argv[1] == "--fork-server":
        serve(int(sys.argv[3]))
    else:
        main(sys.argv[1])
