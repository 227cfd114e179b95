"""Limits on a host's program: memory and processes, by control groups where they can be made.

No address-space rlimit: numerical libraries map far more than they use, and would fail for no reason. Knows nothing
of what the limits mean to a job.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time

_ROOT = "/sys/fs/cgroup"
_MEMBERSHIP = "/proc/self/cgroup"
_PATIENCE = 5.0  # seconds for the kernel to take away processes that were killed

_MOST_PROCESSES = 32768  # enough for any honest program
_LEAST_PROCESSES = 512
_PART = 8  # of the numbers that the machine has for processes and threads: a bomb leaves it seven eighths

_NO_MEMORY_LIMIT = "not limited (no writable control group)"
_NO_PROCESS_LIMIT = "not limited (no writable control group, and rlimits do not bind root)"
_REMEDY = "run as root where /sys/fs/cgroup is writable, or with `systemd-run --user --scope -p Delegate=yes clary up`"


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
    """Return bytes of memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def processes() -> int:
    """Return how many processes and threads a host may have: a part of what the machine can have at all."""
    counts = [_read(f"/proc/sys/kernel/{name}").strip() for name in ("pid_max", "threads-max")]
    most = min((int(count) for count in counts if count.isdigit()), default=_MOST_PROCESSES)
    return max(_LEAST_PROCESSES, min(_MOST_PROCESSES, most // _PART))


class Group:
    """The control groups of one host: a folder for each limit that is kept so. They are one folder under version 2."""

    __slots__ = ("memory", "pids")

    def __init__(self, memory: str = "", pids: str = "") -> None:
        self.memory = memory
        self.pids = pids

    @property
    def folders(self) -> list[str]:
        return [folder for folder in dict.fromkeys((self.memory, self.pids)) if folder]

    def enter(self) -> None:
        """Put the calling process, and all that it starts from now on, into the groups."""
        for folder in self.folders:
            _write(f"{folder}/cgroup.procs", str(os.getpid()))

    def members(self) -> list[int]:
        """Return the pids of all processes in it."""
        return [int(pid) for pid in _read(f"{self.pids or self.memory}/cgroup.procs").split()]

    def kills(self) -> int:
        """Return how often the kernel killed in it, or, without one, on the whole machine, for want of
        memory."""
        files = (f"{self.memory}/memory.events", f"{self.memory}/memory.oom_control")
        text = _read(files[0]) or _read(files[1]) if self.memory else _read("/proc/vmstat")
        for line in text.splitlines():
            key, _, value = line.partition(" ")
            if key == "oom_kill":
                return int(value)
        return 0

    def end(self) -> None:
        """Kill what is still in it, which may make nothing new meanwhile, and remove it."""
        if self.pids:
            with contextlib.suppress(OSError):
                _write(f"{self.pids}/pids.max", "0")
        until = time.monotonic() + _PATIENCE
        while (members := self.members() if self.folders else []) and time.monotonic() < until:
            for pid in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.002)
        for folder in self.folders:
            _remove(folder)


def make(name: str, memory: int) -> tuple[Group, list[str]]:
    """Return the control groups of this name, and what they limit. `memory` in bytes; 0: only what is there."""
    wanted = memory if 0 < memory < machine_memory() else 0
    group = _unified(name, wanted) if os.path.exists(f"{_ROOT}/cgroup.controllers") else _legacy(name, wanted)
    return group, [f"memory: {_said_of_memory(group, wanted)}", f"process limit: {_said_of_processes(group)}"]


def _said_of_memory(group: Group, wanted: int) -> str:
    if not wanted:
        return "the whole machine's"
    return f"{wanted >> 20} MiB by control group" if group.memory else _NO_MEMORY_LIMIT


def _said_of_processes(group: Group) -> str:
    if group.pids:
        return f"{processes()} by control group"
    return f"{processes()} of the user by RLIMIT_NPROC" if os.geteuid() != 0 else _NO_PROCESS_LIMIT


def _own(controller: str) -> str:
    """Our own group in the hierarchy that has this controller (empty: version 2); empty where it is the root."""
    for line in _read(_MEMBERSHIP).splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.rstrip("/")
    return ""


def _unified(name: str, memory: int) -> Group:
    """Version 2: a controller must be handed down by the parent, which may not hold processes itself."""
    own = _ROOT + _own("")
    for parent in dict.fromkeys((own, os.path.dirname(own) if own != _ROOT else own)):
        folder = f"{parent}/clary-{name}"
        handed = _hand_down(parent, ["memory", "pids"] if memory else ["pids"])
        limits = {"pids.max": processes()} if "pids" in handed else {}
        if memory and "memory" in handed:
            limits["memory.max"] = memory
        if limits and _fill(folder, limits):
            with contextlib.suppress(OSError):  # not every kernel counts swap
                _write(f"{folder}/memory.swap.max", "0")
            return Group(
                memory=folder if "memory.max" in limits else "", pids=folder if "pids.max" in limits else ""
            )
    return Group()


def _hand_down(parent: str, controllers: list[str]) -> set[str]:
    """Have the children of a group use these controllers; which they do."""
    path = f"{parent}/cgroup.subtree_control"
    missing = [name for name in controllers if name not in _read(path).split()]
    for name in missing:
        with contextlib.suppress(OSError):
            _write(path, f"+{name}")
    return set(_read(path).split())


def _legacy(name: str, memory: int) -> Group:
    """Version 1: a hierarchy for each controller."""
    return Group(
        memory=_legacy_folder(name, "memory", {"memory.limit_in_bytes": memory}) if memory else "",
        pids=_legacy_folder(name, "pids", {"pids.max": processes()}),
    )


def _legacy_folder(name: str, controller: str, limits: dict[str, int]) -> str:
    for own in dict.fromkeys((_own(controller), "")):
        folder = f"{_ROOT}/{controller}{own}/clary-{name}"
        if os.path.isdir(os.path.dirname(folder)) and _fill(folder, limits):
            return folder
    return ""


def _fill(folder: str, limits: dict[str, int]) -> bool:
    """Make a group with these limits; False, and no group, where it cannot be had."""
    try:
        os.makedirs(folder, exist_ok=True)
        for file, limit in limits.items():
            _write(f"{folder}/{file}", str(limit))
        return True
    except OSError:
        _remove(folder)
        return False


def _remove(folder: str) -> None:
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def rlimits(group: Group, largest_file: int = 0) -> None:
    """For the calling process: no core files; as many open files as it may have, up to what servers expect. The number
    of the user's processes where no group counts them (it does not bind root); the size of a file (0: any)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if not group.pids:
        _lower(resource.RLIMIT_NPROC, processes())
    if largest_file:
        _lower(resource.RLIMIT_FSIZE, largest_file)


def _lower(kind: int, limit: int) -> None:
    _, hard = resource.getrlimit(kind)
    limit = limit if hard == resource.RLIM_INFINITY else min(hard, limit)
    resource.setrlimit(kind, (limit, limit))


def mapped() -> int:
    """Return how many bytes the calling process maps."""
    with open("/proc/self/statm", encoding="ascii") as used:
        return int(used.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


class ModestMemory:
    """For the time of a `with`: the calling process may map no more than 4 GiB, or 1 GiB more than it does, if that is more:
    a process that is above its limit cannot even start a thread."""

    def __enter__(self) -> None:
        self._soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = max(4 << 30, mapped() + (1 << 30))
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (self._soft, resource.getrlimit(resource.RLIMIT_AS)[1]))


def describe() -> list[str]:
    """Return what can be limited here, for a person, and what to do where it cannot."""
    group, _ = make(f"probe-{os.getpid()}", 1 << 30)
    group.end()
    version = 2 if os.path.exists(f"{_ROOT}/cgroup.controllers") else 1
    memory = f"by control groups (version {version})" if group.memory else f"{_NO_MEMORY_LIMIT}; {_REMEDY}"
    pids = f"{_said_of_processes(group)}s (version {version})" if group.pids else _said_of_processes(group)
    if not group.pids and os.geteuid() == 0:
        pids += f"; {_REMEDY}"
    return [f"memory limit: {memory}", f"process limit: {pids}"]
