"""Processes as /proc shows them: who belongs to a server, what they have cost, what they hold. Linux only."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

_TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A program that was started here, with everything that it started.

    `marks` are texts whose presence on a command line makes a process one of the server's even where it is no
    descendant (Clary's jobs are no process's children).
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        log: Path,
        marks: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.marks = tuple(marks)
        self.log = log
        self._output: IO[bytes] = open(log, "ab")  # noqa: SIM115 - as long as the process
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,
        )

    def pids(self) -> set[int]:
        """Everything that belongs to it and lives."""
        return family({self.process.pid}, self.marks)

    def cpu(self) -> float:
        """Seconds of user and system time that its living processes have used."""
        return sum(map(cpu_of, self.pids()))

    def memory(self) -> float:
        """Proportional set size of all of it, MiB."""
        return sum(map(pss_of, self.pids()))

    def wait(self, ready: Callable[[], bool], seconds: float = 120.0, pause: float = 0.005) -> float:
        """Seconds from the start until `ready()`. Raises RuntimeError with the end of the log when it does not come."""
        while True:
            with suppress(OSError):
                if ready():
                    return time.perf_counter() - self.began
            if self.process.poll() is not None or time.perf_counter() - self.began > seconds:
                tail = self.log.read_bytes()[-2000:].decode("utf-8", "replace")
                raise RuntimeError(f"{self.name} is not there: {tail}")
            time.sleep(pause)

    def stop(self) -> None:
        """TERM, then KILL for what is left of it."""
        pids = self.pids()
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and (self.process.poll() is None or any(map(alive, pids))):
                time.sleep(0.02)
        self._output.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def family(roots: Iterable[int], marks: Sequence[str] = ()) -> set[int]:
    """The roots, processes with a mark, and all that descend from them."""
    parents = {pid: fields[1] for pid in _all() if (fields := stat(pid)) is not None}
    found = {pid for pid in roots if pid in parents}
    if marks:
        found |= {pid for pid in parents if any(mark in command_of(pid) for mark in marks)} - {os.getpid()}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def stat(pid: int) -> tuple[str, int, int] | None:
    """State, parent and clock ticks used (proc(5)); None for who is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], int(fields[1]), int(fields[11]) + int(fields[12])


def alive(pid: int) -> bool:
    found = stat(pid)
    return found is not None and found[0] not in "ZX"


def cpu_of(pid: int) -> float:
    found = stat(pid)
    return found[2] / _TICKS if found else 0.0


def pss_of(pid: int) -> float:
    """Proportional set size in MiB: pages that are shared count by their share."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
