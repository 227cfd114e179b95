"""Processes by identity, from /proc: pid, start time and boot together name one process for ever.

Knows no run. A zombie counts as dead, since it does nothing any more.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time


def _stat(pid: int) -> list[str] | None:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2 :].split()  # the name may hold blanks and brackets; the rest may not


def boot() -> str:
    """Return the present boot of the machine."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def identity(pid: int) -> str | None:
    """Return `pid start-time boot-id` of a living process, or None."""
    fields = _stat(pid)
    if fields is None or fields[0] in "ZX":
        return None
    return f"{pid} {fields[19]} {boot()}"


def pid_of(who: str) -> int:
    return int(who.split()[0])


def age(who: str) -> float:
    """Seconds since this process of the present boot was started, by a clock that cannot be set (proc(5), starttime)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(who.split()[1]) / os.sysconf("SC_CLK_TCK")


def alive(who: str | None) -> bool:
    """Return whether the very process that had this identity lives; a later one with the same pid does not
    count."""
    try:
        return bool(who) and identity(pid_of(who or "")) == who
    except (ValueError, IndexError):
        return False


def command(pid: int) -> bytes:
    """Return the argument vector of a process, or nothing."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def children(pid: int) -> list[int]:
    """Return the pids of the living children of a process, from /proc/<pid>/task/*/children or, without it, a
    search."""
    try:
        found: list[int] = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
        return found
    except (FileNotFoundError, ProcessLookupError):
        return _born_of(pid)


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it, as far as none lost its parent to a process outside."""
    found, pending = [], [pid]
    while pending:
        found.append(pending.pop())
        pending += children(found[-1])
    return found


def in_session(leader: int) -> list[int]:
    """Return the pids of all living processes of a session. The kernel gives no new process the number of a
    session in use."""
    # Asking the kernel about one takes a fiftieth of the time that reading its stat takes.
    return [pid for pid in _all() if _session(pid) == leader and identity(pid)]


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:  # gone
        return 0


def _born_of(parent: int) -> list[int]:
    found = []
    for pid in _all():
        fields = _stat(pid)
        if fields and fields[0] not in "ZX" and int(fields[1]) == parent:
            found.append(pid)
    return found


def send(who: str, number: int) -> bool:
    """Signal exactly this process, never a later one with its pid. False when it is gone."""
    try:
        handle = os.pidfd_open(pid_of(who))
    except ProcessLookupError:
        return False
    except OSError:  # a kernel without pidfd: a window of microseconds remains
        handle = -1
    try:
        if not alive(who):
            return False
        _deliver(handle, pid_of(who), number)
        return True
    except ProcessLookupError:
        return False
    finally:
        if handle >= 0:
            os.close(handle)


def _deliver(handle: int, pid: int, number: int) -> None:
    if handle >= 0:
        signal.pidfd_send_signal(handle, number)
    else:
        os.kill(pid, number)


def sweep(who: str) -> None:
    """Kill all that is left of the session that this process began, if it did; never a later session of its number."""
    leader, start, its_boot = who.split()
    fields = _stat(int(leader))
    # Another process has its number by now, so its session was empty before; as all are after a boot.
    if its_boot != boot() or (fields is not None and fields[19] != start):
        return
    for pid in in_session(int(leader)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
