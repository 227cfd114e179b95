"""Start supervisors: by a fork server once there is one, else as programs of their own.

A fork server only saves time. Where it is not ready, killed or silent, the executor starts a supervisor the slow way, and
the run's lock lets only one of two go on.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import clary_supervisor
from clary_supervisor.folder import LOG

_PROGRAM = Path(clary_supervisor.__file__).with_name("supervisor.py")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
_PATIENCE = 5.0  # seconds for a fork
_ROOM = "-" * 1024  # in its arguments, for the titles of the supervisors it forks (clary_supervisor/title.py)


class SupervisorLauncher:
    """Start supervisors. Thread-safe. The fork server is started beside the first run, and ends with this object.

    `home` is shown in the title of the fork server's process.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._close = weakref.finalize(self, lambda: None)
        self._server = 0

    def launch(self, run: Path) -> None:
        """Start a supervisor of this run, detached from this process."""
        with self._lock:
            if not self._forked(run):
                _program(str(run), log=str(run / LOG))
            if self._line is None:
                self._start_fork_server()

    def server(self) -> int:
        """Return the pid of the fork server; 0 while none is ready."""
        with self._lock:
            return self._ready()

    def _forked(self, run: Path) -> bool:
        try:
            if self._line is None or not self._ready():
                return False
            self._line.send(os.fsencode(f"{run}\0{run / LOG}"))
            if _heard(self._line, _PATIENCE):
                return True
        except OSError:
            pass
        self._drop()
        return False

    def _ready(self) -> int:
        if self._line is not None and not self._server:
            self._server = int(_heard(self._line, 0) or 0)
        return self._server

    def _start_fork_server(self) -> None:
        """Start a fork server if possible. A failure does no harm: this run has its supervisor already."""
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            self._line = _fork_server(self._home)
            self._close = weakref.finalize(self, self._line.close)

    def _drop(self) -> None:
        """Forget a fork server that was killed or hangs; the next run starts a new one."""
        self._close()
        self._line, self._server = None, 0


def _heard(line: socket.socket, patience: float) -> bytes:
    """Return what arrives within `patience` seconds, or nothing. Raise ConnectionError when the other end has closed."""
    poll = select.poll()
    poll.register(line, select.POLLIN)
    if not poll.poll(patience * 1000):
        return b""
    if said := line.recv(64):
        return said
    raise ConnectionResetError


def _fork_server(home: Path) -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        with theirs:
            words = ("--fork-server", str(home), str(theirs.fileno()), _ROOM)
            _program(*words, log=os.devnull, keep=(theirs.fileno(),))
    except BaseException:
        ours.close()
        raise
    return ours


def _program(*words: str, log: str, keep: tuple[int, ...] = ()) -> None:
    # The shell ends at once, so the program becomes a child of init, which reaps it.
    script = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 &'
    shell = ["/bin/sh", "-c", script, "sh", log, sys.executable, "-I", "-S", str(_PROGRAM), *words]
    subprocess.run(shell, check=True, env=_ENVIRONMENT, cwd="/", pass_fds=keep)
