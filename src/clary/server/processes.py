"""Processes of the platform, told apart from later ones with the same id: look, wait, stop."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Process:
    """A process by pid and start time (clock ticks since boot), since ids are reused."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process:
        return cls(pid, _start_time(pid))

    def alive(self) -> bool:
        """Return whether it runs.

        It does until its last thread has ended and its locks and its listening socket are free. The first
        thread may be a zombie well before that.
        """
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        try:
            return _start_time(self.pid) == self.started and not _ended([handle], 0)
        except (ProcessLookupError, FileNotFoundError):
            return False
        finally:
            os.close(handle)

    def kill(self) -> None:
        """Send KILL to this process, never to a later one of the same id."""
        with suppress(ProcessLookupError, FileNotFoundError):
            handle = os.pidfd_open(self.pid)
            try:
                if _start_time(self.pid) == self.started:
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
            finally:
                os.close(handle)


def child_process(pid: int) -> Process:
    """Return a child process. If it has died already, it counts as one that was never alive."""
    try:
        return Process.of(pid)
    except (ProcessLookupError, FileNotFoundError):
        return Process(pid, -1)


def wait_for_end(processes: dict[str, Process], seconds: float) -> list[str]:
    """Return the names of those that are dead, after `seconds` at the latest."""
    handles: dict[int, str] = {}
    dead = []
    for name, process in processes.items():
        if not process.alive():
            dead.append(name)
            continue
        with suppress(ProcessLookupError):
            handles[os.pidfd_open(process.pid)] = name
    if not dead:
        dead = [handles[handle] for handle in _ended(handles, seconds)]
    for handle in handles:
        os.close(handle)
    return dead


def end(processes: list[Process], grace: float = 10.0) -> None:
    """Send TERM, then KILL to those that do not end."""
    for process in processes:
        if process.alive():
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    left = {str(p.pid): p for p in processes if p.alive()}
    while left and time.monotonic() < deadline:
        wait_for_end(left, 0.2)
        left = {name: p for name, p in left.items() if p.alive()}
    for process in left.values():
        process.kill()


def _ended(handles: Iterable[int], seconds: float) -> list[int]:
    """Return the pidfds of processes that have ended, after `seconds` at the latest."""
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    return [handle for handle, _ in poll.poll(seconds * 1000)]


def _start_time(pid: int) -> int:
    """Return field 22 of /proc/PID/stat (proc(5))."""
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[19])
