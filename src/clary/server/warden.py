"""Keeps the gateway and the controllers alive, and is itself replaced by one of them when it dies.

`clary up` is a warden. It starts the two workers, watches them through pidfds and starts again what died. Each worker
watches the warden in turn: the first to take the lock after its death starts a new one, which adopts what still runs.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from clary.server.home import Home, read_json, write_private

log = logging.getLogger("clary.warden")

WORKERS = ("gateway", "controllers")
_SHORTEST_LIFE = 2.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Process:
    """A process that cannot be mistaken for another of the same id: pid and start time (clock ticks since boot)."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process:
        return cls(pid, _start_time(pid))

    def alive(self) -> bool:
        try:
            return _start_time(self.pid) == self.started
        except (ProcessLookupError, FileNotFoundError):
            return False


def _start_time(pid: int) -> int:
    """Field 22 of /proc/PID/stat (proc(5)). A zombie counts as gone."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    if fields[0] in "ZX":
        raise ProcessLookupError(pid)
    return int(fields[19])


class Warden:
    """One at a time per home: whoever holds the lock."""

    def __init__(self, home: Home, options: Sequence[str]) -> None:
        self.home = home
        self.options = list(options)
        self._lock = _take_lock(home, "warden")
        self._stopping = False
        self._born: dict[str, float] = {}
        self._pause: dict[str, float] = {}
        self._not_before: dict[str, float] = {}

    def run(self) -> None:
        """Watch until TERM or INT; then stop the workers. Jobs and model servers go on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        record(self.home, "warden", Process.of(os.getpid()), self.options)
        workers: dict[str, Process] = {}
        while not self._stopping:
            for name in [name for name in WORKERS if name not in workers and self._may_start(name)]:
                workers[name] = self._adopt(name) or self._start(name)
            for name in _wait_for_death(workers, _LOOK if len(workers) == len(WORKERS) else _SHORTEST_PAUSE):
                log.warning("the %s ended", name)
                del workers[name]
                self._pause_after_quick_death(name)
        self._forget(
            "warden"
        )  # before the workers end: should we be killed now, none of them shall replace us
        _end(list(workers.values()))
        self._forget(*WORKERS)

    def _forget(self, *names: str) -> None:
        for name in names:
            with suppress(FileNotFoundError):
                (self.home.path / "run" / f"{name}.json").unlink()

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _adopt(self, name: str) -> Process | None:
        """Whoever does this duty already: started by a warden that was killed, perhaps before it wrote that down."""
        known = _holder(self.home, name)
        if known is None or not known.alive():
            return None
        record(self.home, name, known, self.options)
        return known

    def _start(self, name: str) -> Process:
        log.info("starting the %s", name)
        self._born[name] = time.monotonic()
        command = [sys.executable, "-m", "clary.server", name, "--home", str(self.home.path), *self.options]
        with open(self.home.path / "log" / f"{name}.log", "ab") as output:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        process = _newborn(child.pid)
        threading.Thread(target=child.wait, daemon=True).start()  # reaps it
        record(self.home, name, process, self.options)
        return process

    def _may_start(self, name: str) -> bool:
        return time.monotonic() >= self._not_before.get(name, 0.0)

    def _pause_after_quick_death(self, name: str) -> None:
        """Do not spin when a worker cannot live (a port taken, a broken disk). The other one is watched meanwhile."""
        now = time.monotonic()
        quick = now - self._born.get(name, -60.0) < _SHORTEST_LIFE
        pause = min(_LONGEST_PAUSE, 2 * self._pause.get(name, _SHORTEST_PAUSE)) if quick else 0.0
        self._pause[name] = pause or _SHORTEST_PAUSE
        self._not_before[name] = now + pause


def take_duty(home: Home, name: str, options: Sequence[str]) -> None:
    """In a worker: be the only one of this home that does this duty, and write down who it is. Raises AlreadyUp."""
    _take_lock(home, name)
    record(home, name, Process.of(os.getpid()), options)


def guard(home: Home) -> None:
    """In a worker: watch the warden, and start a new one when it dies without saying good-bye."""
    threading.Thread(target=_guard, args=(home,), daemon=True).start()


def _guard(home: Home) -> None:
    while True:
        entry = read_json(home.path / "run" / "warden.json")
        if entry is None:
            return  # it said good-bye
        warden = Process(entry["pid"], entry["started"])
        while warden.alive():
            _wait_for_death({"warden": warden}, 5.0)
        if (home.path / "run" / "warden.json").exists():
            command = [
                sys.executable,
                "-m",
                "clary.server",
                "warden",
                "--home",
                str(home.path),
                *entry["options"],
            ]
            with open(home.path / "log" / "warden.log", "ab") as output:
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
                )
            time.sleep(1.0)  # give it time to write who it is


def _newborn(pid: int) -> Process:
    """A child of ours, which may have died at once: then one that was never alive."""
    try:
        return Process.of(pid)
    except (ProcessLookupError, FileNotFoundError):
        return Process(pid, -1)


def record(home: Home, name: str, process: Process, options: Sequence[str]) -> None:
    """Write down who does a duty now. A full disk is no reason not to do it."""
    entry = {"pid": process.pid, "started": process.started, "options": list(options)}
    try:
        write_private(home.path / "run" / f"{name}.json", json.dumps(entry))
    except OSError as error:
        log.error("who the %s is could not be written down: %s", name, error)


class AlreadyUp(Exception):
    """Another process of this home does this duty already."""


def _take_lock(home: Home, name: str) -> int:
    """The lock of a duty, held until this process ends, with its holder's identity in it. Raises AlreadyUp."""
    handle = os.open(home.path / "run" / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise AlreadyUp(f"{name} of {home.path}") from None
    me = Process.of(os.getpid())
    with suppress(OSError):  # the lock holds on a full disk as well
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{me.pid} {me.started}".encode(), 0)
    return handle


def _holder(home: Home, name: str) -> Process | None:
    """Who took a duty's lock last; may be dead."""
    with suppress(FileNotFoundError, ValueError):
        pid, started = (home.path / "run" / f"{name}.lock").read_text().split()
        return Process(int(pid), int(started))
    return None


def _wait_for_death(processes: dict[str, Process], seconds: float) -> list[str]:
    """The names of those that are dead, at the latest after `seconds`."""
    handles: dict[int, str] = {}
    dead = []
    for name, process in processes.items():
        if not process.alive():
            dead.append(name)
            continue
        with suppress(ProcessLookupError):
            handles[os.pidfd_open(process.pid)] = name
    if not dead:
        ready, _, _ = select.select(list(handles), [], [], seconds)
        dead = [handles[handle] for handle in ready]
    for handle in handles:
        os.close(handle)
    return dead


def _end(processes: list[Process], grace: float = 10.0) -> None:
    """TERM, then KILL for those that do not listen."""
    for process in processes:
        if process.alive():
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    left = {str(p.pid): p for p in processes if p.alive()}
    while left and time.monotonic() < deadline:
        _wait_for_death(left, 0.2)
        left = {name: p for name, p in left.items() if p.alive()}
    for process in left.values():
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
