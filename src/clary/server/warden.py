"""Keep the gateway and the controllers running; the warden itself is replaced by one of them if it dies.

`clary up` is a warden. It starts the two workers, watches them through pidfds and restarts them when they
die; one without a sign of life for too long (heartbeat.py) is killed and then restarted. Each worker watches
the warden in turn: after its death, the first to take the lock starts a new one, which adopts what still
runs.

A worker is a fork of the warden, which has imported what both need: they share that memory, and the imports
are done once. A warden has no threads and no connections, so a fork is safe.

The warden ends when it is told to, when its home is gone, and when a worker reports that it cannot use this
home. It keeps the gateway's listening socket open (http/sockets.py), so that clients wait while a gateway is
replaced.
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
"""Exit status of a process that cannot use this home, so that restarting it is useless (sysexits.h, 78). The
last CRITICAL line of its log says why."""
_SHORTEST_LIFE = 2.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_LOOK = 0.5


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


def _start_time(pid: int) -> int:
    """Return field 22 of /proc/PID/stat (proc(5))."""
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[19])


def _ended(handles: Iterable[int], seconds: float) -> list[int]:
    """Return the pidfds of processes that have ended, after `seconds` at the latest."""
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    return [handle for handle, _ in poll.poll(seconds * 1000)]


class Warden:
    """The warden of a home: the process with the lock.

    `listen` binds the gateway's socket, or raises OSError. `prepare` runs while the workers start; if it
    fails, they do its work.
    """

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
        """Watch until TERM or INT (0), or until the home cannot be used; then stop the workers and return the
        exit status.

        Jobs and model servers go on.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        record(self.home, "warden", Process.of(os.getpid()), self.options)
        self._begin_preparing()
        workers: dict[str, Process] = {}
        while self._status is None:
            self._look_after_home()
            self._start_missing(workers)
            for name in _wait_for_end(workers, _LOOK if len(workers) == len(WORKERS) else _SHORTEST_PAUSE):
                del workers[name]
                self._pulse.forget(name)
                self._reap(name)
            self._kill_the_hung(workers)
        # Before the workers end: if the warden is killed now, none of them may replace it.
        self._forget("warden")
        self._close_listener()
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

    def _start_missing(self, workers: dict[str, Process]) -> None:
        """Start missing workers, except those that died too soon to be tried again at once."""
        for name in WORKERS:
            if self._status is None and name not in workers and self._may_start(name):
                try:
                    workers[name] = self._adopt(name) or self._start(name)
                except FileNotFoundError:
                    self._look_after_home()
                    if self._status is None:
                        raise

    def _adopt(self, name: str) -> Process | None:
        """Return a worker that a killed warden started, perhaps before writing that down."""
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
        process = _child_process(child)
        record(self.home, name, process, self.options)
        return process

    def _forked(self, name: str, listener: socket.socket | None, output: int) -> Forked:
        """Set up a worker after the fork. No failure here may be handled as if this were the warden."""
        try:
            self._leave(listener)
            forks.settle_in(output)
            return Forked(name, self.options, None if listener is None else listener.detach())
        except BaseException:
            log.exception("the %s could not be started", name)
            os._exit(1)

    def _leave(self, listener: socket.socket | None) -> None:
        """In a worker: close what belongs to the warden. Its lock would be held for as long as the worker
        lives."""
        os.close(self._lock)
        self._pulse.close()
        if listener is None:
            self._close_listener()

    def _listening(self) -> socket.socket | None:
        """Return the listening socket; None if the address is in use, which the gateway then reports itself."""
        if self._listener is None:
            with suppress(OSError):
                self._listener = self._listen()
        return self._listener

    def _close_listener(self) -> None:
        """Close the listening socket, so that no client waits for a gateway that will not come."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _reap(self, name: str) -> None:
        """Find out how a worker ended, which is unknown for an adopted one."""
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
        """Wait after a worker died at once (a port in use, a broken disk); keep watching the other one."""
        now = time.monotonic()
        quick = now - self._born.get(name, -60.0) < _SHORTEST_LIFE
        pause = min(_LONGEST_PAUSE, 2 * self._pause.get(name, _SHORTEST_PAUSE)) if quick else 0.0
        self._pause[name] = pause or _SHORTEST_PAUSE
        self._not_before[name] = now + pause
        if name == "gateway" and pause == _LONGEST_PAUSE:
            self._close_listener()


def take_duty(home: Home, name: str, options: Sequence[str]) -> None:
    """In a worker: be the only one of this home with this duty, and write down its process id. Raise
    AlreadyUp."""
    _take_lock(home, name)
    record(home, name, Process.of(os.getpid()), options)


def guard(home: Home) -> None:
    """In a worker: watch the warden, and start a new one if it dies unexpectedly.

    If it ended on purpose, or the home is gone, this worker ends as well: the warden may have been killed
    before it could stop it.
    """
    threading.Thread(target=_guard, args=(home,), daemon=True).start()


def _guard(home: Home) -> None:
    entry = read_json(home.path / "run" / "warden.json")
    if entry is None:
        return  # started by hand
    while entry is not None:
        warden = Process(entry["pid"], entry["started"])
        while warden.alive():
            _wait_for_end({"warden": warden}, 5.0)
        if (home.path / "run" / "warden.json").exists():
            _replace_warden(home, entry["options"])
            time.sleep(1.0)  # give it time to write its process id
        entry = read_json(home.path / "run" / "warden.json")
    os.kill(os.getpid(), signal.SIGTERM)


def _replace_warden(home: Home, options: Sequence[str]) -> None:
    command = [sys.executable, "-m", "clary.server", "warden", "--home", str(home.path), *options]
    with suppress(FileNotFoundError), open(home.path / "log" / "warden.log", "ab") as output:
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


def _child_process(pid: int) -> Process:
    """Return a child process. If it has died already, it counts as one that was never alive."""
    try:
        return Process.of(pid)
    except (ProcessLookupError, FileNotFoundError):
        return Process(pid, -1)


def record(home: Home, name: str, process: Process, options: Sequence[str]) -> None:
    """Write down which process has a duty. A full disk must not prevent the duty."""
    entry = {"pid": process.pid, "started": process.started, "options": list(options)}
    try:
        entry["home"] = home.mark
        write_private(home.path / "run" / f"{name}.json", json.dumps(entry))
    except OSError as error:
        log.error("who the %s is could not be written down: %s", name, error)


class AlreadyUp(Exception):
    """Another process of this home has this duty."""


def _take_lock(home: Home, name: str) -> int:
    """Take the lock of a duty, held until this process ends, and write the holder's identity into it. Raise
    AlreadyUp."""
    handle = os.open(home.path / "run" / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise AlreadyUp(f"{name} of {home.path}") from None
    me = Process.of(os.getpid())
    with suppress(OSError):  # the lock works on a full disk as well
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{me.pid} {me.started} {home.mark}".encode(), 0)
    return handle


def _is_there(home: Home, name: str, lock: int) -> bool:
    """Return whether the lock that this process holds is the one that others would find."""
    try:
        return os.path.samestat(os.stat(home.path / "run" / f"{name}.lock"), os.fstat(lock))
    except (FileNotFoundError, NotADirectoryError):
        return False


def _last_words(home: Home, name: str) -> str:
    """Return why a worker could not go on, from its log."""
    with suppress(OSError):
        lines = (home.path / "log" / f"{name}.log").read_text(errors="replace").splitlines()
        for line in reversed(lines[-50:]):
            _, found, words = line.partition(" CRITICAL ")
            if found:
                return words
    return f"the {name} cannot go on with this home"


def _holder(home: Home, name: str) -> Process | None:
    """Return who took a duty's lock last, dead or alive; None in a copied home, where the original's lock
    does not count."""
    with suppress(FileNotFoundError, ValueError):
        pid, started, mark = (home.path / "run" / f"{name}.lock").read_text().split()
        return Process(int(pid), int(started)) if mark == home.mark else None
    return None


def _wait_for_end(processes: dict[str, Process], seconds: float) -> list[str]:
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


def _end(processes: list[Process], grace: float = 10.0) -> None:
    """Send TERM, then KILL to those that do not end."""
    for process in processes:
        if process.alive():
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    left = {str(p.pid): p for p in processes if p.alive()}
    while left and time.monotonic() < deadline:
        _wait_for_end(left, 0.2)
        left = {name: p for name, p in left.items() if p.alive()}
    for process in left.values():
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
