"""Keeps the gateway and the controllers alive, and is itself replaced by one of them when it dies.

`clary up` is a warden. It starts the two workers, watches them through pidfds and starts again what died; one that gives
no sign of life for too long (heartbeat.py) is killed, and then started again like any other. Each worker watches the
warden in turn: the first to take the lock after its death starts a new one, which adopts what still runs.

A worker is a fork of the warden, which has imported what both need: they share that memory, and the imports are paid once.
A warden has no threads and no connections, so there is nothing that a fork would tear in two.

The warden ends when it is told to, when its home is gone, and when a worker says that it cannot go on with this home.
It keeps the gateway's listening socket open (http/sockets.py), so that clients wait while a gateway is replaced.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from clary.server import forks
from clary.server.forks import Forked
from clary.server.heartbeat import Pulse
from clary.server.home import Home, read_json, write_private

log = logging.getLogger("clary.warden")

WORKERS = ("gateway", "controllers")
CANNOT_GO_ON = os.EX_CONFIG
"""The exit status of a process that this home does not suit, so that starting it again is of no use (sysexits.h, 78).
Why, the last line of its log that is CRITICAL says."""
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
        """Until its last thread has ended, and all that it held is free: its locks, its listening socket. The first
        thread may be a zombie well before that."""
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
        """KILL, to this process and to no later one of the same id."""
        with suppress(ProcessLookupError, FileNotFoundError):
            handle = os.pidfd_open(self.pid)
            try:
                if _start_time(self.pid) == self.started:
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
            finally:
                os.close(handle)


def _start_time(pid: int) -> int:
    """Field 22 of /proc/PID/stat (proc(5))."""
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[19])


def _ended(handles: Iterable[int], seconds: float) -> list[int]:
    """The pidfds of processes that are over, at the latest after `seconds`."""
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    return [handle for handle, _ in poll.poll(seconds * 1000)]


class Warden:
    """One at a time per home: the one with the lock. `listen` binds the gateway's socket, or raises OSError; `prepare` is
    done beside the start of the workers, who do it themselves where it fails."""

    def __init__(
        self,
        home: Home,
        options: Sequence[str],
        listen: Callable[[], socket.socket],
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self.home = home
        self.options = list(options)
        self._listen = listen
        self._prepare = prepare
        self._listener: socket.socket | None = None
        self._lock = _take_lock(home, "warden")
        self._status: int | None = None
        self._pulse = Pulse(home.bell("warden"))
        self._preparing: int | None = None
        self._children: dict[str, int] = {}
        self._born: dict[str, float] = {}
        self._pause: dict[str, float] = {}
        self._not_before: dict[str, float] = {}

    def run(self) -> int:
        """Watch until TERM or INT (0), or until there is no going on in this home; then stop the workers, and say with
        which status to exit. Jobs and model servers go on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        record(self.home, "warden", Process.of(os.getpid()), self.options)
        self._begin_preparing()
        workers: dict[str, Process] = {}
        while self._status is None:
            self._look_after_home()
            self._employ(workers)
            for name in _wait_for_death(workers, _LOOK if len(workers) == len(WORKERS) else _SHORTEST_PAUSE):
                del workers[name]
                self._pulse.forget(name)
                self._bury(name)
            self._kill_the_hung(workers)
        # Before the workers end: should we be killed now, none of them shall replace us.
        self._forget("warden")
        self._hang_up()
        _end(list(workers.values()))
        for child in self._children.values():
            forks.reaped(child, os.WNOHANG)
        self._forget(*WORKERS)
        return self._status

    def _begin_preparing(self) -> None:
        """Where there was a start before, all is there."""
        if self._prepare is not None and not self.home.identity.exists():
            self._preparing = forks.beside(self._prepare, self.home.alone, self._lock)

    def _kill_the_hung(self, workers: dict[str, Process]) -> None:
        """Their death is seen at the next turn, and they are started again."""
        if self._preparing is not None and forks.reaped(self._preparing, os.WNOHANG) is not None:
            self._preparing = None
        self._pulse.take()
        for name, process in workers.items():
            if self._pulse.hung(name, process.pid):
                log.error("the %s gives no sign of life: it is killed and started again", name)
                process.kill()

    def _stop(self, *_: object) -> None:
        self._status = self._status or 0

    def _forget(self, *names: str) -> None:
        for name in names:
            with suppress(OSError):
                (self.home.path / "run" / f"{name}.json").unlink()

    def _look_after_home(self) -> None:
        if self._status is None and not _is_there(self.home, "warden", self._lock):
            log.critical("the home %s was deleted or moved", self.home.path)
            self._status = CANNOT_GO_ON

    def _employ(self, workers: dict[str, Process]) -> None:
        """Start a missing worker, unless it died too soon to be tried again at once."""
        for name in WORKERS:
            if self._status is None and name not in workers and self._may_start(name):
                try:
                    workers[name] = self._adopt(name) or self._start(name)
                except FileNotFoundError:
                    self._look_after_home()
                    if self._status is None:
                        raise

    def _adopt(self, name: str) -> Process | None:
        """Return the process that has this duty already: started by a warden that was killed, perhaps before it wrote that down."""
        known = _holder(self.home, name)
        if known is None or not known.alive():
            return None
        record(self.home, name, known, self.options)
        return known

    def _start(self, name: str) -> Process:
        """Fork a worker. Raise Forked in the worker itself."""
        log.info("starting the %s", name)
        self._born[name] = time.monotonic()
        listener = self._listening() if name == "gateway" else None
        forks.import_workers()
        with open(self.home.path / "log" / f"{name}.log", "ab") as output, forks.signals_blocked():
            child = os.fork()
            if child == 0:
                raise self._forked(name, listener, output.fileno())
        self._children[name] = child
        process = _newborn(child)
        record(self.home, name, process, self.options)
        return process

    def _forked(self, name: str, listener: socket.socket | None, output: int) -> Forked:
        """What there is to do in a worker. Nothing that fails here may be met as if this were the warden."""
        try:
            self._leave(listener)
            forks.settle_in(output)
            return Forked(name, self.options, None if listener is None else listener.detach())
        except BaseException:
            log.exception("the %s could not be started", name)
            os._exit(1)

    def _leave(self, listener: socket.socket | None) -> None:
        """In a worker: let go of what is the warden's. Its lock would be held for as long as the worker lives."""
        os.close(self._lock)
        self._pulse.close()
        if listener is None:
            self._hang_up()

    def _listening(self) -> socket.socket | None:
        """Our own socket. None while the address is another's: the gateway then meets that itself, and says so."""
        if self._listener is None:
            with suppress(OSError):
                self._listener = self._listen()
        return self._listener

    def _hang_up(self) -> None:
        """Nobody shall wait for a gateway that does not come."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _bury(self, name: str) -> None:
        """Learn how a worker ended. Of one that was adopted nobody tells us."""
        child = self._children.pop(name, None)
        status = None if child is None else forks.reaped(child)
        log.warning("the %s ended%s", name, "" if status is None else f" ({status})")
        if status == CANNOT_GO_ON:
            log.critical("%s", _last_words(self.home, name))
            self._status = CANNOT_GO_ON
        self._pause_after_quick_death(name)

    def _may_start(self, name: str) -> bool:
        return time.monotonic() >= self._not_before.get(name, 0.0)

    def _pause_after_quick_death(self, name: str) -> None:
        """Do not spin when a worker cannot live (a port taken, a broken disk). The other one is watched meanwhile."""
        now = time.monotonic()
        quick = now - self._born.get(name, -60.0) < _SHORTEST_LIFE
        pause = min(_LONGEST_PAUSE, 2 * self._pause.get(name, _SHORTEST_PAUSE)) if quick else 0.0
        self._pause[name] = pause or _SHORTEST_PAUSE
        self._not_before[name] = now + pause
        if name == "gateway" and pause == _LONGEST_PAUSE:
            self._hang_up()


def take_duty(home: Home, name: str, options: Sequence[str]) -> None:
    """In a worker: be the only one of this home that does this duty, and write down who it is. Raises AlreadyUp."""
    _take_lock(home, name)
    record(home, name, Process.of(os.getpid()), options)


def guard(home: Home) -> None:
    """In a worker: watch the warden, and start a new one when it dies without saying good-bye. Where it said that, or
    the home is gone, this worker ends too: the warden may have been killed before it could tell us."""
    threading.Thread(target=_guard, args=(home,), daemon=True).start()


def _guard(home: Home) -> None:
    entry = read_json(home.path / "run" / "warden.json")
    if entry is None:
        return  # started by hand
    while entry is not None:
        warden = Process(entry["pid"], entry["started"])
        while warden.alive():
            _wait_for_death({"warden": warden}, 5.0)
        if (home.path / "run" / "warden.json").exists():
            _replace_warden(home, entry["options"])
            time.sleep(1.0)  # give it time to write who it is
        entry = read_json(home.path / "run" / "warden.json")
    os.kill(os.getpid(), signal.SIGTERM)


def _replace_warden(home: Home, options: Sequence[str]) -> None:
    command = [sys.executable, "-m", "clary.server", "warden", "--home", str(home.path), *options]
    with suppress(FileNotFoundError), open(home.path / "log" / "warden.log", "ab") as output:
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


def _newborn(pid: int) -> Process:
    """A child process, which may have died at once: then one that was never alive."""
    try:
        return Process.of(pid)
    except (ProcessLookupError, FileNotFoundError):
        return Process(pid, -1)


def record(home: Home, name: str, process: Process, options: Sequence[str]) -> None:
    """Write down who does a duty now. A full disk is no reason not to do it."""
    entry = {"pid": process.pid, "started": process.started, "options": list(options)}
    try:
        entry["home"] = home.mark
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
        os.pwrite(handle, f"{me.pid} {me.started} {home.mark}".encode(), 0)
    return handle


def _is_there(home: Home, name: str, lock: int) -> bool:
    """Whether the lock that we hold is still the one that others would find."""
    try:
        return os.path.samestat(os.stat(home.path / "run" / f"{name}.lock"), os.fstat(lock))
    except (FileNotFoundError, NotADirectoryError):
        return False


def _last_words(home: Home, name: str) -> str:
    """Why a worker could not go on, from its log."""
    with suppress(OSError):
        lines = (home.path / "log" / f"{name}.log").read_text(errors="replace").splitlines()
        for line in reversed(lines[-50:]):
            _, found, words = line.partition(" CRITICAL ")
            if found:
                return words
    return f"the {name} cannot go on with this home"


def _holder(home: Home, name: str) -> Process | None:
    """Who took a duty's lock last; may be dead. Nobody in a home that was copied: the lock of the original is no lock here."""
    with suppress(FileNotFoundError, ValueError):
        pid, started, mark = (home.path / "run" / f"{name}.lock").read_text().split()
        return Process(int(pid), int(started)) if mark == home.mark else None
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
        dead = [handles[handle] for handle in _ended(handles, seconds)]
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
