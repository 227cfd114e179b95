"""The collector: a process beside each program that takes what it prints out of a pipe and into its log.

So the log is no file that the program holds: it can neither stretch it nor take anything back, and what it prints fills
no disk. The pipe has a name in the host's folder, and the program's own descriptor keeps it whole: where the collector is
killed, the program waits in its next write until another collector goes on with what is in the pipe.

One collector works at a time, by flock; another one of a later supervisor waits for its end.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import time

from . import log, proc, title
from .folder import CLAIM, COLLECTING, PIPE, get

_CHUNK = 1 << 16
_PATIENCE = 5.0  # seconds that a run waits for the end of its log
_DESCRIPTORS = 4096  # more than a supervisor ever has
_LOOK = 0.1  # seconds between looks at a program where the kernel has no pidfd


class Collector:
    """The supervisor's side: a collector of one host's folder, started, kept alive and awaited.

    The supervisor has the pipe open as well, so that nothing in it is lost with a collector, or with the program.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._source = -1
        self._pid = 0

    def start(self, birth: int = -1) -> None:
        """Fork one. It ends after the program; `birth` is the end of a pipe that closes when the program has started, or
        cannot be any more."""
        if self._source < 0:
            self._source = open_pipe(f"{self._folder}/{PIPE}")
        lock = os.open(f"{self._folder}/{COLLECTING}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # Held from before the program is there, so that its log is not thought complete.
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._pid = os.fork()
        if self._pid == 0:
            _be_one(self._folder, self._source, lock, birth)
        os.close(lock)

    def keep(self) -> None:
        """Start another where it was killed."""
        if self._pid and self._status():
            self.start()

    def finish(self) -> None:
        """Wait until all that was printed is in the log, for some seconds at most."""
        if self._source < 0:
            return
        if self._wait():
            self.start()
            self._wait()
        os.close(self._source)
        self._source = -1

    def _wait(self) -> int:
        """Return its exit status once it has ended; 0 also when it does not in the time that it has."""
        end = time.monotonic() + _PATIENCE
        _await_end(self._pid)
        while (status := self._status()) is None and time.monotonic() < end:
            time.sleep(0.002)
        return status or 0

    def _status(self) -> int | None:
        """Return its exit status, None while it lives."""
        try:
            ended, status = os.waitpid(self._pid, os.WNOHANG)
        except ChildProcessError:
            return 0
        return status if ended else None


def _await_end(pid: int) -> None:
    """By the kernel's own sign, where it has one."""
    with contextlib.suppress(OSError):
        handle = os.pidfd_open(pid)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.poll(_PATIENCE * 1000)
        os.close(handle)


def open_pipe(path: str) -> int:
    """Return the pipe, made if it is missing. Open for reading and writing: without a writer it would be at
    its end."""
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    flags = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, flags)
    except PermissionError:  # the program closed it to us
        os.chmod(path, 0o600)
        return os.open(path, flags)


def _be_one(folder: str, source: int, lock: int, birth: int) -> None:
    """In the forked process. Never returns."""
    status = 1
    try:
        with contextlib.suppress(PermissionError):
            os.setsid()  # not to end with the supervisor's terminal, or with the program's session
        signal.set_wakeup_fd(-1)
        close_all_but(source, lock, birth)
        title.write(["collector", folder])
        fcntl.flock(lock, fcntl.LOCK_EX)
        _collect(folder, source, birth)
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def close_all_but(*kept: int) -> None:
    """Close what was inherited: the supervisor's own lock among it would outlive the supervisor here."""
    last = 2
    for fd in sorted(fd for fd in kept if fd >= 0):
        os.closerange(last + 1, fd)
        last = fd
    os.closerange(last + 1, _DESCRIPTORS)


def _collect(folder: str, source: int, birth: int) -> None:
    began = time.monotonic()
    writer = log.Writer(folder, lambda: log.allowed(time.monotonic() - began))
    if birth >= 0:
        _until(birth, source, writer)
    who = get(f"{folder}/{CLAIM}")
    if who:
        began -= _age(who)
        _while_it_lives(who, source, writer)
    _rest(source, writer)
    writer.close()


def _age(who: str) -> float:
    try:
        return max(0.0, proc.age(who))
    except (ValueError, IndexError):
        return 0.0


def _while_it_lives(who: str, source: int, writer: log.Writer) -> None:
    try:
        end = os.pidfd_open(proc.pid_of(who))
    except OSError:
        end = -1
    if proc.alive(who):
        if end >= 0:
            _until(end, source, writer)
        while end < 0 and proc.alive(who):
            _take(source, writer, _CHUNK)
            time.sleep(_LOOK)


def _until(end: int, source: int, writer: log.Writer) -> None:
    """Take what comes until the descriptor `end` is readable, or closed at its other side."""
    poll = select.poll()
    poll.register(source, select.POLLIN)
    poll.register(end, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if end in ready:
            return
        _take(source, writer, _CHUNK)


def _take(source: int, writer: log.Writer, limit: int) -> int:
    """Return how much of it was there."""
    try:
        data = os.read(source, limit)
    except BlockingIOError:
        return 0
    writer.write(data)
    return len(data)


def _rest(source: int, writer: log.Writer) -> None:
    """Read what was in the pipe when the program ended: as much as a pipe holds, even if other processes go
    on printing."""
    left = fcntl.fcntl(source, fcntl.F_GETPIPE_SZ)
    while left > 0 and (taken := _take(source, writer, min(left, _CHUNK))):
        left -= taken
