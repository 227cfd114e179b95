"""Limits on a host's program: memory and number of processes by a control group where one can be made, else none.

No address-space rlimit: numerical libraries map far more than they use, and would fail for no reason. Knows nothing
of what the limits mean to a job.
"""

from __future__ import annotations

import contextlib
import os
import resource

PROCESSES = 32768  # enough for any honest program, and short of a fork bomb's aim
_ROOT = "/sys/fs/cgroup"


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""


def machine_memory() -> int:
    """Bytes of memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def make(name: str, memory: int) -> tuple[str, str]:
    """A control group of this name, and a note. Empty where none can be made. `memory` in bytes; 0: only what is there."""
    if not 0 < memory < machine_memory():
        return "", "memory: the whole machine's"
    for attempt in (_unified, _legacy):
        folder = attempt(name, memory)
        if folder:
            return folder, f"memory: {memory >> 20} MiB by control group"
    return "", "memory: not limited (no writable control group)"


def _own(prefix: str) -> str:
    """Our own group in the hierarchy whose line in /proc/self/cgroup has this controller; `/` where it is the root."""
    for line in _read("/proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if prefix in controllers.split(","):
            return path.rstrip("/")
    return ""


def _unified(name: str, memory: int) -> str:
    """Version 2: the controller must be handed down by the parent, which may not hold processes itself."""
    own = _ROOT + _own("")
    if not os.path.exists(f"{_ROOT}/cgroup.controllers"):
        return ""
    for parent in dict.fromkeys((own, os.path.dirname(own))):
        folder = f"{parent}/clary-{name}"
        try:
            if "memory" not in _read(f"{parent}/cgroup.subtree_control"):
                _write(f"{parent}/cgroup.subtree_control", "+memory +pids")
            os.makedirs(folder, exist_ok=True)
            _write(f"{folder}/memory.max", str(memory))
            _write(f"{folder}/memory.swap.max", "0")
            _write(f"{folder}/pids.max", str(PROCESSES))
            return folder
        except OSError:
            _remove(folder)
    return ""


def _legacy(name: str, memory: int) -> str:
    """Version 1: the memory hierarchy alone."""
    for own in (_own("memory"), ""):
        folder = f"{_ROOT}/memory{own}/clary-{name}"
        if not os.path.isdir(os.path.dirname(folder)):
            continue
        try:
            os.makedirs(folder, exist_ok=True)
            _write(f"{folder}/memory.limit_in_bytes", str(memory))
            return folder
        except OSError:
            _remove(folder)
    return ""


def enter(folder: str) -> None:
    """Put the calling process into a group; does nothing for the empty name."""
    if folder:
        _write(f"{folder}/cgroup.procs", str(os.getpid()))


def kills(folder: str) -> int:
    """How often the kernel killed in this group, or, without one, on the whole machine, for want of memory."""
    text = (
        _read(f"{folder}/memory.events") or _read(f"{folder}/memory.oom_control")
        if folder
        else _read("/proc/vmstat")
    )
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == "oom_kill":
            return int(value)
    return 0


def _remove(folder: str) -> None:
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def remove(folder: str) -> None:
    """Remove a group whose processes have ended."""
    if folder:
        _remove(folder)


def rlimits() -> None:
    """For the calling process: no core files; as many open files as it may have, up to what servers expect."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class ModestMemory:
    """For the time of a `with`: the calling process may map no more than 4 GiB."""

    def __enter__(self) -> None:
        self._soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30 if hard < 0 else min(4 << 30, hard), hard))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (self._soft, resource.getrlimit(resource.RLIMIT_AS)[1]))


def describe() -> str:
    """Whether memory can be limited here, for a person."""
    folder, _ = make(f"probe-{os.getpid()}", 1 << 30)
    remove(folder)
    return (
        "memory: limited by control groups"
        if folder
        else "memory: cannot be limited here (no writable control group)"
    )
